//! Incidents: what is lost, and why we think so.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{
    ArrayId, ControllerId, HostId, IncidentId, LinkId, RoomId, RunId, StorageLayerId, VmId,
};
use crate::observation::Target;
use crate::time::LogTime;

/// The class of an incident; a policy has one entry per class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IncidentClass {
    /// One or more VMs of a living host are not running though they should.
    VmLost,
    /// A host is lost.
    HostLost,
    /// An array is lost; the storage layer absorbs it.
    ArrayLost,
    /// A path or a whole inter-room link is lost.
    LinkLost,
    /// A controller is lost while its room lives.
    ControllerLost,
    /// A whole room is lost.
    RoomLost,
    /// The storage layer stopped serving one side while its hosts live.
    StorageSideLost,
    /// A storage layer serves no side at all while rooms live.
    StorageLayerLost,
    /// No production room is left: an era was opened without them.
    ProductionLost,
}

impl IncidentClass {
    /// All classes, in the order of the documents.
    pub const ALL: [Self; 9] = [
        Self::VmLost,
        Self::HostLost,
        Self::ArrayLost,
        Self::LinkLost,
        Self::ControllerLost,
        Self::RoomLost,
        Self::StorageSideLost,
        Self::StorageLayerLost,
        Self::ProductionLost,
    ];

    /// As written in files, output and the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VmLost => "vm-lost",
            Self::HostLost => "host-lost",
            Self::ArrayLost => "array-lost",
            Self::LinkLost => "link-lost",
            Self::ControllerLost => "controller-lost",
            Self::RoomLost => "room-lost",
            Self::StorageSideLost => "storage-side-lost",
            Self::StorageLayerLost => "storage-layer-lost",
            Self::ProductionLost => "production-lost",
        }
    }
}

impl fmt::Display for IncidentClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The one cause of an incident.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "class", rename_all = "kebab-case")]
pub enum Cause {
    /// VMs of a living host do not run.
    VmLost {
        /// Which.
        vm: VmId,
        /// On which host.
        host: HostId,
    },
    /// A host is lost.
    HostLost {
        /// Which.
        host: HostId,
    },
    /// An array is lost.
    ArrayLost {
        /// Which.
        array: ArrayId,
    },
    /// A link, or one of its paths, is lost.
    LinkLost {
        /// Which.
        link: LinkId,
    },
    /// A controller is lost.
    ControllerLost {
        /// Which.
        controller: ControllerId,
    },
    /// A room is lost.
    RoomLost {
        /// Which.
        room: RoomId,
    },
    /// A side of a storage layer was stopped by the layer itself.
    StorageSideLost {
        /// Of which layer.
        layer: StorageLayerId,
        /// The room whose side was stopped.
        room: RoomId,
    },
    /// A storage layer serves nobody.
    StorageLayerLost {
        /// Which.
        layer: StorageLayerId,
    },
    /// Every production room is gone, by the order that opened this era.
    ProductionLost,
}

impl Cause {
    /// The class.
    pub fn class(&self) -> IncidentClass {
        match self {
            Self::VmLost { .. } => IncidentClass::VmLost,
            Self::HostLost { .. } => IncidentClass::HostLost,
            Self::ArrayLost { .. } => IncidentClass::ArrayLost,
            Self::LinkLost { .. } => IncidentClass::LinkLost,
            Self::ControllerLost { .. } => IncidentClass::ControllerLost,
            Self::RoomLost { .. } => IncidentClass::RoomLost,
            Self::StorageSideLost { .. } => IncidentClass::StorageSideLost,
            Self::StorageLayerLost { .. } => IncidentClass::StorageLayerLost,
            Self::ProductionLost => IncidentClass::ProductionLost,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::VmLost { vm, host } => write!(f, "VM {vm} lost on host {host}"),
            Self::HostLost { host } => write!(f, "host {host} lost"),
            Self::ArrayLost { array } => write!(f, "array {array} lost"),
            Self::LinkLost { link } => write!(f, "link {link} lost or degraded"),
            Self::ControllerLost { controller } => write!(f, "{controller} lost"),
            Self::RoomLost { room } => write!(f, "room {room} lost"),
            Self::StorageSideLost { layer, room } => {
                write!(f, "storage layer {layer} stopped serving room {room}")
            }
            Self::StorageLayerLost { layer } => {
                write!(f, "storage layer {layer} serves no room any more")
            }
            Self::ProductionLost => f.write_str("every production room is lost"),
        }
    }
}

/// Where an incident stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The verdict is committed; the hold-off runs, or the policy only observes.
    Open,
    /// A run answers it.
    Acting,
    /// What the platform absorbs: watched, nothing to do.
    Absorbed,
    /// Life was seen before anything was done.
    Withdrawn,
    /// Over: what was lost runs again, or is back.
    Closed,
}

/// One incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// Its one cause.
    pub cause: Cause,
    /// The observations that led to the verdict: target, vantage and the probe's own words.
    pub evidence: Vec<Evidence>,
    /// The last time by the log at which the lost thing was seen up: the RTO counts from here.
    pub last_seen_up: LogTime,
    /// When the verdict was committed.
    pub opened_at: LogTime,
    /// When the hold-off ends; nothing is done before.
    pub hold_off_ends: LogTime,
    /// Where it stands.
    pub phase: Phase,
    /// Runs that answered it, oldest first.
    pub runs: Vec<RunId>,
    /// When it ended (withdrawn or closed).
    pub ended_at: Option<LogTime>,
    /// Why it ended, in words.
    pub end_reason: Option<String>,
}

/// One piece of evidence of a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Of what.
    pub target: Target,
    /// From which room.
    pub vantage: RoomId,
    /// What was said.
    pub says: String,
}
