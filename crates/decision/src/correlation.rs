//! One incident with its cause: what the rules see, with the smaller causes folded into the
//! larger one that explains them. Production, room, storage layer, storage side, host, array, link, controller, VM.

use model::estate::Estate;
use model::id::RoomId;
use model::incident::Cause;

use crate::judge::Judge;
use crate::rules::{self, Seen};

/// Everything that the rules see, larger causes first, without what a larger one explains.
pub(crate) fn causes(judge: &Judge<'_>) -> Vec<Seen> {
    let mut kept: Vec<Seen> = Vec::new();
    let larger_first = [
        rules::production_lost::seen(judge),
        rules::room_lost::seen(judge),
        rules::storage_layer_lost::seen(judge),
        rules::storage_side_lost::seen(judge),
        rules::host_lost::seen(judge),
        rules::array_lost::seen(judge),
        rules::link_lost::seen(judge),
        rules::controller_lost::seen(judge),
        rules::vm_lost::seen(judge),
    ];
    for seen in larger_first.into_iter().flatten() {
        let estate = judge.view.estate;
        if !kept.iter().any(|larger| explains(estate, &larger.cause, &seen.cause)) {
            kept.push(seen);
        }
    }
    kept
}

/// Whether the larger cause explains the smaller one. A cause does not explain itself.
pub(crate) fn explains(estate: &Estate, larger: &Cause, smaller: &Cause) -> bool {
    if larger == smaller {
        return false;
    }
    match larger {
        Cause::ProductionLost => rooms_of(estate, smaller)
            .iter()
            .any(|room| estate.production_rooms().any(|production| production == *room)),
        Cause::RoomLost { room } => {
            !matches!(
                smaller,
                Cause::RoomLost { .. } | Cause::StorageLayerLost { .. } | Cause::ProductionLost
            ) && rooms_of(estate, smaller).contains(&room)
        }
        // Every side has stopped: what hangs on one of them hangs for that.
        Cause::StorageLayerLost { layer } => match smaller {
            Cause::StorageSideLost { layer: of, .. } => of == layer,
            Cause::ArrayLost { array } => {
                estate.storage_layers.get(layer).is_some_and(|layer| layer.arrays.contains(array))
            }
            Cause::VmLost { host, .. } => estate.hosts.get(host).is_some_and(|host| {
                let volumes = host.volumes.iter().filter_map(|id| estate.volumes.get(id));
                volumes.into_iter().any(|volume| volume.layer.as_ref() == Some(layer))
            }),
            _ => false,
        },
        Cause::StorageSideLost { room, .. } => match smaller {
            // The VMs of the stopped side hang, and their hosts may do so too.
            Cause::VmLost { host, .. } | Cause::HostLost { host } => {
                estate.hosts.get(host).is_some_and(|host| host.room == *room)
            }
            Cause::ArrayLost { array } => {
                estate.arrays.get(array).is_some_and(|array| array.room == *room)
            }
            // The cut that made the layer choose a side.
            Cause::LinkLost { link } => {
                estate.links.get(link).is_some_and(|link| link.between.contains(room))
            }
            _ => false,
        },
        Cause::HostLost { host } => {
            matches!(smaller, Cause::VmLost { host: on, .. } if on == host)
        }
        Cause::ArrayLost { .. }
        | Cause::LinkLost { .. }
        | Cause::ControllerLost { .. }
        | Cause::VmLost { .. } => false,
    }
}

/// The rooms that a cause touches.
pub(crate) fn rooms_of<'a>(estate: &'a Estate, cause: &'a Cause) -> Vec<&'a RoomId> {
    let of_host = |host| estate.hosts.get(host).map(|host| &host.room).into_iter().collect();
    match cause {
        Cause::VmLost { host, .. } | Cause::HostLost { host } => of_host(host),
        Cause::ArrayLost { array } => {
            estate.arrays.get(array).map(|array| &array.room).into_iter().collect()
        }
        Cause::LinkLost { link } => {
            estate.links.get(link).map(|link| link.between.iter().collect()).unwrap_or_default()
        }
        Cause::ControllerLost { controller } => estate
            .rooms
            .iter()
            .filter(|(_, room)| room.controller == *controller)
            .map(|(id, _)| id)
            .collect(),
        Cause::RoomLost { room } | Cause::StorageSideLost { room, .. } => vec![room],
        Cause::StorageLayerLost { layer } => estate
            .storage_layers
            .get(layer)
            .map(|layer| estate.sides_of(layer).collect())
            .unwrap_or_default(),
        Cause::ProductionLost => estate.production_rooms().collect(),
    }
}
