//! One way of having a set of data again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use model::estate::{Backup, Estate, SpareKind};
use model::id::{
    BackupId, CourierId, HostId, LinkId, LocationId, RepairId, RepositoryId, RoomId, SpareId,
};
use model::units::{DataRate, DataSize, Span};
use serde::Serialize;

use super::lost::Lost;
use super::queue::{Queue, Shared};

/// How old the newest point of a set in a repository was found to be, where somebody has looked.
pub type Ages = BTreeMap<(BackupId, RepositoryId), Span>;

/// A kind of way, with what it goes by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Kind {
    /// Served from where the data stand; nothing is copied.
    InPlace {
        /// By what.
        repository: RepositoryId,
        /// Of the locations where it stands, those that are left.
        left: BTreeSet<LocationId>,
    },
    /// Read where the data are wanted.
    Local {
        /// From what.
        repository: RepositoryId,
    },
    /// Copied over links.
    Link {
        /// From what.
        repository: RepositoryId,
        /// The links, in order.
        over: Vec<LinkId>,
    },
    /// The media are carried, and read where they arrive.
    Courier {
        /// From what.
        repository: RepositoryId,
        /// By whom.
        courier: CourierId,
    },
    /// The disks of the dead machine go into a spare one, or a spare part into the machine.
    Spare {
        /// Which spare.
        spare: SpareId,
        /// What it is.
        spare_is: SpareKind,
        /// The dead machine.
        machine: HostId,
    },
    /// The dead machine is repaired.
    Repair {
        /// How.
        repair: RepairId,
        /// The dead machine.
        machine: HostId,
    },
}

impl fmt::Display for Kind {
    /// Stable, for programs: `link/line/vault`, `courier/van/vault`, `spare/board`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InPlace { repository, .. } => write!(f, "in-place/{repository}"),
            Self::Local { repository } => write!(f, "local/{repository}"),
            Self::Link { repository, over } => {
                let over: Vec<&str> = over.iter().map(LinkId::as_str).collect();
                write!(f, "link/{}/{repository}", over.join("+"))
            }
            Self::Courier { repository, courier } => write!(f, "courier/{courier}/{repository}"),
            Self::Spare { spare, .. } => write!(f, "spare/{spare}"),
            Self::Repair { repair, .. } => write!(f, "repair/{repair}"),
        }
    }
}

impl Kind {
    /// The repository that it takes the data from; a machine's own disks are none.
    pub fn repository(&self) -> Option<&RepositoryId> {
        match self {
            Self::InPlace { repository, .. }
            | Self::Local { repository }
            | Self::Link { repository, .. }
            | Self::Courier { repository, .. } => Some(repository),
            Self::Spare { .. } | Self::Repair { .. } => None,
        }
    }
}

/// One way of having a set again, with what it takes. Times count from the moment at which work
/// begins on the whole plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Way {
    /// What it goes by.
    #[serde(flatten)]
    pub kind: Kind,
    /// From when on data come back: a courier has arrived, the link that others use is free.
    pub begins: Span,
    /// The same if nothing else were restored.
    pub begins_alone: Span,
    /// How fast; none where nothing is copied.
    pub rate: Option<DataRate>,
    /// When the whole set is there again.
    pub ready: Span,
    /// How much of the most recent data is gone, at most.
    pub lost: Span,
    /// The newest point is older than its repository promises.
    pub stale: bool,
    /// Later than the shortest recovery time objective of the services that need it.
    pub late: bool,
    /// Loses more than their smallest recovery point objective.
    pub loses_too_much: bool,
    /// What it keeps from others while it lasts.
    #[serde(skip)]
    pub(super) shared: BTreeSet<Shared>,
}

impl Way {
    /// A way by which nothing is copied and nothing shared: it just takes so long.
    pub(super) fn waiting(kind: Kind, ready: Span) -> Self {
        Self {
            kind,
            begins: ready,
            begins_alone: ready,
            rate: None,
            ready,
            lost: Span::ZERO,
            stale: false,
            late: false,
            loses_too_much: false,
            shared: BTreeSet::new(),
        }
    }

    /// When a set of this size would be there if nothing else were restored.
    pub fn ready_alone(&self, size: DataSize) -> Span {
        let copying = self.rate.map(|rate| rate.time_for(size)).unwrap_or_default();
        self.begins_alone.saturating_add(copying)
    }

    /// Whether it is a courier's.
    pub fn is_carried(&self) -> bool {
        matches!(self.kind, Kind::Courier { .. })
    }

    /// Whether it goes over links.
    pub fn is_over_links(&self) -> bool {
        matches!(self.kind, Kind::Link { .. })
    }
}

/// Why a way that one would think of is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "because", rename_all = "kebab-case")]
pub enum Missing {
    /// The repository stood where all is gone.
    RepositoryGone,
    /// No link with a measured rate leads there.
    NoLink {
        /// From where.
        from: LocationId,
        /// To where.
        to: RoomId,
    },
    /// Nobody has written how long the courier's way takes.
    UnknownDrive {
        /// Who would drive.
        courier: CourierId,
        /// From where.
        from: LocationId,
        /// To where.
        to: LocationId,
    },
    /// The machine's disks are gone with the room in which it stood.
    DisksGone {
        /// The machine.
        machine: HostId,
    },
    /// The spare was kept where all is gone.
    SpareGone {
        /// Which.
        spare: SpareId,
    },
    /// The spare already stands in for another machine in this plan.
    SpareTaken {
        /// Which.
        spare: SpareId,
        /// The other machine.
        machine: HostId,
    },
    /// Every room to which it could be restored is gone.
    NowhereToRestore,
}

/// A way that is not there, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoWay {
    /// From which repository; none where it is about a machine or the target.
    pub repository: Option<RepositoryId>,
    /// Why.
    #[serde(flatten)]
    pub missing: Missing,
}

/// What every kind of way looks at.
pub(super) struct Wanted<'a> {
    pub(super) estate: &'a Estate,
    pub(super) lost: &'a Lost,
    pub(super) backup: &'a Backup,
    /// The first room that can take it and is not gone.
    pub(super) to: Option<&'a RoomId>,
    pub(super) queue: &'a Queue,
}

/// Ways found, and ways that are not there.
#[derive(Default)]
pub(super) struct Found {
    pub(super) ways: Vec<Way>,
    pub(super) missing: Vec<NoWay>,
}

impl Found {
    pub(super) fn none(&mut self, repository: Option<&RepositoryId>, missing: Missing) {
        self.missing.push(NoWay { repository: repository.cloned(), missing });
    }
}

impl Wanted<'_> {
    /// A way by which the set is copied at this rate once `from` has come and all that it shares
    /// with others is free.
    pub(super) fn copied(
        &self,
        kind: Kind,
        from: Span,
        rate: DataRate,
        shared: BTreeSet<Shared>,
    ) -> Way {
        let begins = from.max(self.queue.free_at(&shared));
        let ready = begins.saturating_add(rate.time_for(self.backup.size));
        let rate = Some(rate);
        Way { begins, begins_alone: from, rate, shared, ..Way::waiting(kind, ready) }
    }
}
