//! Every cause of a class of incident that an estate could see.

use model::estate::Estate;
use model::incident::{Cause, IncidentClass};

/// Every cause of this class in this estate, in order of ids.
pub fn causes(estate: &Estate, class: IncidentClass) -> Vec<Cause> {
    match class {
        IncidentClass::VmLost => estate
            .vms
            .iter()
            .map(|(vm, row)| Cause::VmLost { vm: vm.clone(), host: row.home.clone() })
            .collect(),
        IncidentClass::HostLost => {
            estate.hosts.keys().map(|host| Cause::HostLost { host: host.clone() }).collect()
        }
        IncidentClass::ArrayLost => {
            estate.arrays.keys().map(|array| Cause::ArrayLost { array: array.clone() }).collect()
        }
        IncidentClass::LinkLost => {
            estate.links.keys().map(|link| Cause::LinkLost { link: link.clone() }).collect()
        }
        IncidentClass::ControllerLost => estate
            .rooms
            .values()
            .map(|room| Cause::ControllerLost { controller: room.controller })
            .collect(),
        IncidentClass::RoomLost => {
            estate.rooms.keys().map(|room| Cause::RoomLost { room: room.clone() }).collect()
        }
        IncidentClass::StorageSideLost => estate
            .storage_layers
            .iter()
            .flat_map(|(id, layer)| estate.sides_of(layer).map(move |room| (id, room)))
            .map(|(id, room)| Cause::StorageSideLost { layer: id.clone(), room: room.clone() })
            .collect(),
        IncidentClass::StorageLayerLost => estate
            .storage_layers
            .keys()
            .map(|layer| Cause::StorageLayerLost { layer: layer.clone() })
            .collect(),
        IncidentClass::ProductionLost => vec![Cause::ProductionLost],
    }
}
