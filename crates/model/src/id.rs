//! Typed ids. Every id of an estate object is its own type, so that a host can never be passed
//! where a VM is meant.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! name_ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }
    )*};
}

name_ids! {
    /// A server room.
    RoomId,
    /// A physical host.
    HostId,
    /// A virtual machine.
    VmId,
    /// A disk array.
    ArrayId,
    /// A volume, possibly stretched over the arrays of two rooms.
    VolumeId,
    /// An inter-room link, made of one or more paths.
    LinkId,
    /// One path (cable, wavelength) of a link.
    PathId,
    /// A network (VLAN) that VMs need and hosts reach.
    NetworkId,
    /// A service that users know by name.
    ServiceId,
    /// A stretched storage layer (the set of arrays that serve the same volumes).
    StorageLayerId,
    /// A device that some VMs need and some hosts have (a dongle, a GPU).
    DeviceId,
    /// A step of a runbook.
    StepId,
    /// The name of a runbook, as in its `metadata.name`.
    RunbookName,
    /// A person, as in the common name of their certificate.
    PersonId,
    /// Whom to call: a role, a person, a supplier.
    ContactId,
    /// What hosts, arrays and rooms draw their power from.
    PowerFeedId,
    /// A sensor of a room: heat, water, smoke, a door.
    SensorId,
    /// Volumes that are restored together, before or after others.
    DataTierId,
    /// Services that hand the same data on, one to the next.
    ChainId,
    /// A site beyond the rooms: a data centre, a vault, a supplier, an imaging centre.
    SiteId,
    /// A location: a room or a site. No room and site have the same id.
    LocationId,
    /// What keeps backups, or holds data of its own where they are used.
    RepositoryId,
    /// A set of data that is backed up, and had again, as one.
    BackupId,
    /// Who carries media.
    CourierId,
    /// A spare machine, or a spare part of one.
    SpareId,
    /// A way in which a machine is repaired.
    RepairId,
    /// A readiness check of the policy.
    CheckId,
}

macro_rules! numbered_ids {
    ($($(#[$doc:meta])* $name:ident, $prefix:literal);* $(;)?) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    )*};
}

numbered_ids! {
    /// A controller: also its Raft node id. Never used again once its disk is lost.
    ControllerId, "controller-";
    /// A run of a runbook. Equal to the log index of the entry that started it.
    RunId, "run-";
    /// An incident. Equal to the log index of the entry that opened it.
    IncidentId, "incident-";
    /// One call to a driver, unique in one controller's life.
    CallId, "call-";
    /// One lease renewal in flight, unique in one controller's life.
    RenewalId, "renewal-";
}
