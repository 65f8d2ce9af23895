//! What an incident takes out.

use std::collections::{BTreeMap, BTreeSet};

use model::estate::Estate;
use model::id::{ArrayId, HostId, RoomId, StorageLayerId, VmId, VolumeId};
use model::incident::Cause;

/// What an incident takes out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Hosts that must be fenced, and on which nothing can start.
    pub hosts: BTreeSet<HostId>,
    /// Arrays that serve nothing any more.
    pub arrays: BTreeSet<ArrayId>,
    /// Storage layers that lost a side, each with that side's room.
    pub layers: BTreeMap<StorageLayerId, RoomId>,
}

/// What this cause takes out of this estate.
pub fn lost(estate: &Estate, cause: &Cause) -> Lost {
    match cause {
        Cause::HostLost { host } => {
            Lost { hosts: BTreeSet::from([host.clone()]), ..Lost::default() }
        }
        Cause::RoomLost { room } => Lost {
            hosts: estate.hosts_in(room).map(|(id, _)| id.clone()).collect(),
            arrays: arrays_in(estate, room),
            layers: estate
                .storage_layers
                .iter()
                .filter(|(_, layer)| stands_in(estate, &layer.arrays, room))
                .map(|(id, _)| (id.clone(), room.clone()))
                .collect(),
        },
        Cause::StorageSideLost { layer, room } => Lost {
            // Its hosts live, but what they hold of this layer is served elsewhere now.
            hosts: estate
                .hosts_in(room)
                .filter(|(_, host)| host.volumes.iter().any(|volume| is_of(estate, volume, layer)))
                .map(|(id, _)| id.clone())
                .collect(),
            arrays: estate.storage_layers.get(layer).map_or_else(BTreeSet::new, |layer| {
                let here = arrays_in(estate, room);
                layer.arrays.iter().filter(|array| here.contains(array)).cloned().collect()
            }),
            layers: BTreeMap::from([(layer.clone(), room.clone())]),
        },
        // Its hosts live, but nothing that they hold of this layer is served anywhere.
        Cause::StorageLayerLost { layer } => Lost {
            hosts: estate
                .production_rooms()
                .flat_map(|room| estate.hosts_in(room))
                .filter(|(_, host)| host.volumes.iter().any(|volume| is_of(estate, volume, layer)))
                .map(|(id, _)| id.clone())
                .collect(),
            arrays: estate
                .storage_layers
                .get(layer)
                .map(|layer| layer.arrays.iter().cloned().collect())
                .unwrap_or_default(),
            layers: BTreeMap::new(),
        },
        Cause::ProductionLost => Lost {
            hosts: estate
                .production_rooms()
                .flat_map(|room| estate.hosts_in(room))
                .map(|(id, _)| id.clone())
                .collect(),
            arrays: estate.production_rooms().flat_map(|room| arrays_in(estate, room)).collect(),
            layers: BTreeMap::new(),
        },
        Cause::ArrayLost { array } => {
            Lost { arrays: BTreeSet::from([array.clone()]), ..Lost::default() }
        }
        Cause::VmLost { .. } | Cause::LinkLost { .. } | Cause::ControllerLost { .. } => {
            Lost::default()
        }
    }
}

/// The VMs that this cause takes down, by where they run now. What was stopped on purpose is for
/// the caller to leave out.
pub fn lost_vms(
    estate: &Estate,
    cause: &Cause,
    runs_on: &BTreeMap<VmId, HostId>,
) -> BTreeSet<VmId> {
    if let Cause::VmLost { vm, .. } = cause {
        return BTreeSet::from([vm.clone()]);
    }
    let lost = lost(estate, cause);
    runs_on.iter().filter(|(_, host)| lost.hosts.contains(host)).map(|(vm, _)| vm.clone()).collect()
}

/// The volumes of which no copy is left.
pub(crate) fn volumes_gone(estate: &Estate, arrays: &BTreeSet<ArrayId>) -> BTreeSet<VolumeId> {
    estate
        .volumes
        .iter()
        .filter(|(_, volume)| {
            !volume.arrays.is_empty() && volume.arrays.iter().all(|array| arrays.contains(array))
        })
        .map(|(id, _)| id.clone())
        .collect()
}

fn arrays_in(estate: &Estate, room: &RoomId) -> BTreeSet<ArrayId> {
    estate
        .arrays
        .iter()
        .filter(|(_, array)| array.room == *room)
        .map(|(id, _)| id.clone())
        .collect()
}

fn stands_in(estate: &Estate, arrays: &[ArrayId], room: &RoomId) -> bool {
    arrays.iter().any(|array| estate.arrays.get(array).is_some_and(|array| array.room == *room))
}

fn is_of(estate: &Estate, volume: &VolumeId, layer: &StorageLayerId) -> bool {
    estate.volumes.get(volume).is_some_and(|volume| volume.layer.as_ref() == Some(layer))
}
