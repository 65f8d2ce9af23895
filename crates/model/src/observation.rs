//! Observations: three-valued, with evidence, vantage and time. Silence is `Unknown`, never `Down`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::estate::Estate;
use crate::id::{
    ArrayId, CheckId, ControllerId, HostId, LinkId, PathId, RoomId, ServiceId, StorageLayerId,
    VmId, VolumeId,
};
use crate::time::LogTime;
use crate::units::Span;

/// What is known of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It answers and is well.
    Up,
    /// Something that knows says that it is down: a positive proof.
    Down,
    /// Nothing was heard.
    Unknown,
}

/// What is observed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Target {
    /// A controller's heartbeat.
    Controller {
        /// Which one.
        controller: ControllerId,
    },
    /// A host's agent.
    Host {
        /// Which one.
        host: HostId,
    },
    /// A host's power, as its management controller tells it.
    Power {
        /// Which host's.
        host: HostId,
    },
    /// A VM as seen on one host.
    Vm {
        /// Which one.
        vm: VmId,
        /// Where.
        host: HostId,
    },
    /// A disk array.
    Array {
        /// Which one.
        array: ArrayId,
    },
    /// Whether a storage layer serves I/O to one room.
    StorageSide {
        /// Which layer.
        layer: StorageLayerId,
        /// Which room's side.
        room: RoomId,
    },
    /// The storage layer's quorum (tie-break) site.
    StorageQuorum {
        /// Which layer's.
        layer: StorageLayerId,
    },
    /// A volume.
    Volume {
        /// Which one.
        volume: VolumeId,
    },
    /// A volume's copy outside of its layer, as the device that keeps it tells.
    Copy {
        /// Of which volume.
        volume: VolumeId,
    },
    /// One path of an inter-room link, as a switch at one end sees it.
    Path {
        /// Which link's.
        link: LinkId,
        /// Which path.
        path: PathId,
    },
    /// A service, by its user-level probe.
    Service {
        /// Which one.
        service: ServiceId,
    },
    /// Something that a room needs to act alone, as its own controller finds it.
    ReadinessCheck {
        /// Which check of the policy.
        check: CheckId,
    },
}

impl Target {
    /// Whether this estate has what is observed.
    pub fn is_of(&self, estate: &Estate) -> bool {
        match self {
            Self::Controller { controller } => {
                estate.rooms.values().any(|room| room.controller == *controller)
            }
            Self::Host { host } | Self::Power { host } => estate.hosts.contains_key(host),
            Self::Vm { vm, host } => estate.vms.contains_key(vm) && estate.hosts.contains_key(host),
            Self::Array { array } => estate.arrays.contains_key(array),
            Self::StorageSide { layer, room } => {
                estate.storage_layers.contains_key(layer) && estate.rooms.contains_key(room)
            }
            Self::StorageQuorum { layer } => estate.storage_layers.contains_key(layer),
            Self::Volume { volume } => estate.volumes.contains_key(volume),
            Self::Copy { volume } => estate.replica_room(volume).is_some(),
            Self::Path { link, path } => estate
                .links
                .get(link)
                .is_some_and(|link| link.paths.iter().any(|known| known.id == *path)),
            Self::Service { service } => estate.services.contains_key(service),
            // The policy names it, in a room of whatever estate.
            Self::ReadinessCheck { .. } => true,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Controller { controller } => write!(f, "controller/{}", controller.0),
            Self::Host { host } => write!(f, "host/{host}"),
            Self::Power { host } => write!(f, "power/{host}"),
            Self::Vm { vm, host } => write!(f, "vm/{vm}@{host}"),
            Self::Array { array } => write!(f, "array/{array}"),
            Self::StorageSide { layer, room } => write!(f, "storage/{layer}@{room}"),
            Self::StorageQuorum { layer } => write!(f, "storage-quorum/{layer}"),
            Self::Volume { volume } => write!(f, "volume/{volume}"),
            Self::Copy { volume } => write!(f, "copy/{volume}"),
            Self::Path { link, path } => write!(f, "link/{link}/{path}"),
            Self::Service { service } => write!(f, "service/{service}"),
            Self::ReadinessCheck { check } => write!(f, "readiness/{check}"),
        }
    }
}

/// Details that a rule needs beyond up or down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Detail {
    /// Nothing more.
    #[default]
    None,
    /// What a host's agent tells of itself.
    Host {
        /// Changes at every boot of the host.
        boot: String,
        /// Whether the host's watchdog is armed.
        armed: bool,
        /// The highest fencing token that the agent has durably accepted.
        accepted: crate::era::Token,
        /// The last order to arm or disarm that its watchdog has carried out; zero before the
        /// first. `armed` is the answer to this order and to none after it.
        #[serde(default)]
        arming: crate::era::Token,
        /// The agent holds no VM that it did not start under a current token, and refuses every
        /// token below `accepted`.
        sealed: bool,
    },
    /// What a hypervisor tells of a VM.
    Vm {
        /// The token under which it was last started there, if by us.
        token: Option<crate::era::Token>,
        /// The last order to start it that its agent has carried out or found carried out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<crate::step::StepKey>,
        /// Its administrator shut it down: it stays down.
        stopped_on_purpose: bool,
        /// The guest itself has shown that it executes (serial byte, guest agent), since this start.
        booted: bool,
    },
    /// What an array or a storage side tells.
    Storage {
        /// It serves I/O.
        serving: bool,
        /// Its copy is in step with the other side's.
        in_sync: bool,
        /// The room whose side goes on alone, as this side knows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        elected: Option<RoomId>,
        /// How many elections this side has won or caught up with.
        #[serde(default)]
        generation: u64,
    },
    /// What the keeper of a volume's copy tells.
    Copy {
        /// It hears the volume that it follows.
        in_contact: bool,
        /// Every write acknowledged before this is in it.
        holds_until: CopyPoint,
    },
}

/// A moment up to which a copy holds every acknowledged write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CopyPoint {
    /// So long before it was asked, as its keeper says.
    Ago(Span),
    /// By the log's time, as the controller that asked reckons it.
    At(LogTime),
}

/// One observation by one controller, from its room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// Of what.
    pub target: Target,
    /// From which room.
    pub vantage: RoomId,
    /// What was seen.
    pub status: Status,
    /// The probe's own words, short, never patient data.
    pub evidence: String,
    /// Details for the rules.
    #[serde(default)]
    pub detail: Detail,
}
