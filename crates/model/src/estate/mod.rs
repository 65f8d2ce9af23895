//! The estate: what there is, where it stands, what it can reach.

mod array;
mod backup;
mod chain;
mod check;
mod contact;
mod courier;
mod data_tier;
mod host;
mod link;
mod location;
mod measured;
mod parse;
mod places;
mod power;
mod read;
mod repair;
mod repository;
mod room;
mod sensor;
mod service;
pub mod service_tree;
mod site;
mod spare;
pub mod summary;
mod takers;
mod vm;
mod volume;
mod wide_link;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use array::{Array, StorageLayer};
pub use backup::Backup;
pub use chain::Chain;
pub use contact::{Contact, ContactKind};
pub use courier::Courier;
pub use data_tier::DataTier;
pub use host::{Host, Restarts, Watchdog};
pub use link::{Link, LinkKind, LinkPath};
pub use measured::Measured;
pub use power::{Dark, PowerFeed};
pub use repair::Repair;
pub use repository::Repository;
pub use room::{Room, RoomRole};
pub use sensor::{Celsius, CelsiusError, Measures, Sensor};
pub use service::{Probe, Service, Tier};
pub use site::{Away, Site};
pub use spare::{Spare, SpareKind};
pub use vm::{Vm, VmSource};
pub use volume::{Replica, Volume};
pub use wide_link::WideLink;

use crate::id::{
    ArrayId, BackupId, ChainId, ContactId, CourierId, DataTierId, HostId, LinkId, PowerFeedId,
    RepairId, RepositoryId, RoomId, SensorId, ServiceId, SiteId, SpareId, StorageLayerId, VmId,
    VolumeId,
};

/// A validated estate. Every reference resolves; VM patterns are expanded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estate {
    /// Its name.
    pub name: String,
    /// Rooms.
    pub rooms: BTreeMap<RoomId, Room>,
    /// Inter-room links.
    pub links: BTreeMap<LinkId, Link>,
    /// Hosts.
    pub hosts: BTreeMap<HostId, Host>,
    /// Arrays.
    pub arrays: BTreeMap<ArrayId, Array>,
    /// Stretched storage layers.
    pub storage_layers: BTreeMap<StorageLayerId, StorageLayer>,
    /// Volumes.
    pub volumes: BTreeMap<VolumeId, Volume>,
    /// VMs.
    pub vms: BTreeMap<VmId, Vm>,
    /// Services.
    pub services: BTreeMap<ServiceId, Service>,
    /// Whom to call.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub contacts: BTreeMap<ContactId, Contact>,
    /// Chains of services.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub chains: BTreeMap<ChainId, Chain>,
    /// What hosts, arrays and rooms draw their power from.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub power_feeds: BTreeMap<PowerFeedId, PowerFeed>,
    /// Sensors of rooms.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sensors: BTreeMap<SensorId, Sensor>,
    /// What is restored before what.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub data_tiers: BTreeMap<DataTierId, DataTier>,
    /// Sites beyond the rooms, or around some of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sites: BTreeMap<SiteId, Site>,
    /// Links to and between sites. No id is also that of an inter-room link.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub wide_links: BTreeMap<LinkId, WideLink>,
    /// What keeps backups.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub repositories: BTreeMap<RepositoryId, Repository>,
    /// Sets of data that are backed up.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub backups: BTreeMap<BackupId, Backup>,
    /// Who carries media.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub couriers: BTreeMap<CourierId, Courier>,
    /// Spare machines and parts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub spares: BTreeMap<SpareId, Spare>,
    /// How machines are repaired.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub repairs: BTreeMap<RepairId, Repair>,
}

impl Estate {
    /// The hosts of a room, in order of id.
    pub fn hosts_in<'a>(
        &'a self,
        room: &'a RoomId,
    ) -> impl Iterator<Item = (&'a HostId, &'a Host)> {
        self.hosts.iter().filter(move |(_, host)| host.room == *room)
    }

    /// The VMs that a service is made of.
    pub fn vms_of<'a>(&'a self, service: &'a ServiceId) -> impl Iterator<Item = &'a VmId> {
        self.vms.iter().filter(move |(_, vm)| vm.service == *service).map(|(id, _)| id)
    }

    /// Whether this host reaches every network and volume, and has every device, that the VM needs.
    pub fn reaches(&self, host: &Host, vm: &Vm) -> bool {
        vm.networks.is_subset(&host.networks)
            && vm.volumes.is_subset(&host.volumes)
            && vm.devices.is_subset(&host.devices)
    }

    /// Whether this host could run the VM from the copies in its own room: every volume has one
    /// there.
    pub fn reaches_copies(&self, host: &Host, vm: &Vm) -> bool {
        !vm.volumes.is_empty()
            && vm.networks.is_subset(&host.networks)
            && vm.devices.is_subset(&host.devices)
            && vm.volumes.iter().all(|volume| self.replica_room(volume) == Some(&host.room))
    }

    /// The room of a volume's copy outside of its layer.
    pub fn replica_room(&self, volume: &VolumeId) -> Option<&RoomId> {
        Some(&self.volumes.get(volume)?.replica.as_ref()?.room)
    }

    /// The rooms in which a layer has an array.
    pub fn sides_of<'a>(&'a self, layer: &'a StorageLayer) -> impl Iterator<Item = &'a RoomId> {
        layer.arrays.iter().filter_map(|array| self.arrays.get(array)).map(|array| &array.room)
    }

    /// The rooms that run VMs every day.
    pub fn production_rooms(&self) -> impl Iterator<Item = &RoomId> {
        let production = |room: &Room| room.role == RoomRole::Production;
        self.rooms.iter().filter(move |(_, room)| production(room)).map(|(id, _)| id)
    }
}
