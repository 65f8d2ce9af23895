//! What sets of data share, and until when it is taken.

use std::collections::{BTreeMap, BTreeSet};

use model::id::{HostId, LinkId, RepositoryId, SpareId};
use model::units::Span;

use super::way::{Kind, Way};

/// What one set keeps from another while it is restored.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shared {
    /// A link.
    Link(LinkId),
    /// What reads a repository's media where it stands.
    Reader(RepositoryId),
    /// What reads a repository's media where they were carried.
    CarriedReader(RepositoryId),
}

/// The order of the sets, as far as it is settled.
#[derive(Default)]
pub(super) struct Queue {
    free_at: BTreeMap<Shared, Span>,
    spares: BTreeMap<SpareId, HostId>,
}

impl Queue {
    /// From when on all of these are free.
    pub(super) fn free_at(&self, shared: &BTreeSet<Shared>) -> Span {
        let taken = shared.iter().filter_map(|one| self.free_at.get(one));
        taken.copied().max().unwrap_or_default()
    }

    /// The machine for which a spare is taken.
    pub(super) fn spare_taken(&self, spare: &SpareId) -> Option<&HostId> {
        self.spares.get(spare)
    }

    /// This way is gone: what it shares is taken until it is ready.
    pub(super) fn take(&mut self, way: &Way) {
        for one in &way.shared {
            self.free_at.insert(one.clone(), way.ready);
        }
        if let Kind::Spare { spare, machine, .. } = &way.kind {
            self.spares.insert(spare.clone(), machine.clone());
        }
    }
}
