use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Estate, Service, Tier};
use crate::id::{HostId, RepositoryId, RoomId, ServiceId, VolumeId};
use crate::text::Text;
use crate::units::{DataSize, Span};

/// A set of data that is backed up, and had again, as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// For people.
    pub title: Text,
    /// The services that need it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub services: BTreeSet<ServiceId>,
    /// The volumes that it holds.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub volumes: BTreeSet<VolumeId>,
    /// The machine on whose own disks the data are; none when they are on arrays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<HostId>,
    /// How much it is.
    pub size: DataSize,
    /// Its turn among the sets of a tier, 0 first: as a rule the most recent data.
    pub turn: u8,
    /// The rooms to which it can be restored, the best one first.
    pub restore_to: Vec<RoomId>,
    /// The repositories that keep it, and how old the newest point in each may be.
    pub kept_in: BTreeMap<RepositoryId, Span>,
}

impl Backup {
    /// The services of the estate that need it: those that it names, and those with a VM on one of
    /// its volumes.
    pub fn services_of<'a>(
        &'a self,
        estate: &'a Estate,
    ) -> impl Iterator<Item = (&'a ServiceId, &'a Service)> {
        estate.services.iter().filter(move |(id, _)| {
            self.services.contains(*id)
                || estate
                    .vms
                    .values()
                    .any(|vm| vm.service == **id && !vm.volumes.is_disjoint(&self.volumes))
        })
    }

    /// The importance of the most important service that needs it; last when none does.
    pub fn tier(&self, estate: &Estate) -> Tier {
        let tiers = self.services_of(estate).map(|(_, service)| service.tier);
        tiers.min().unwrap_or(Tier(u8::MAX))
    }

    /// The rooms in which its data stand from day to day: those of its machine and of its volumes'
    /// arrays; where it names neither, those of its services' VMs.
    pub fn stands_in<'a>(&'a self, estate: &'a Estate) -> BTreeSet<&'a RoomId> {
        let host_room = |host: &HostId| Some(&estate.hosts.get(host)?.room);
        let volumes = self.volumes.iter().filter_map(|volume| estate.volumes.get(volume));
        let arrays = volumes.flat_map(|volume| &volume.arrays);
        let rooms: BTreeSet<&RoomId> = arrays
            .filter_map(|array| Some(&estate.arrays.get(array)?.room))
            .chain(self.machine.as_ref().and_then(host_room))
            .collect();
        if !rooms.is_empty() {
            return rooms;
        }
        let vms = estate.vms.values().filter(|vm| self.services.contains(&vm.service));
        vms.filter_map(|vm| host_room(&vm.home)).collect()
    }
}
