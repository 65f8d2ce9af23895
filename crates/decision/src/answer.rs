//! What a run that answers an incident has to restart.

use std::collections::BTreeSet;

use model::estate::Estate;
use model::id::{HostId, RoomId, StorageLayerId, VmId};
use model::incident::Cause;

use crate::judge::Judge;
use crate::platform::is_looked_after;
use crate::rules::vm_lost::down_on_living_host;
use crate::view::{View, VmFacts};

/// The VMs that this cause keeps down: meant to run, not in any run.
pub fn lost_vms(view: &View<'_>, cause: &Cause) -> BTreeSet<VmId> {
    let judge = Judge::new(view);
    lost(&judge, cause).map(|vm| vm.id.clone()).collect()
}

pub(crate) fn lost<'a>(
    judge: &'a Judge<'a>,
    cause: &'a Cause,
) -> impl Iterator<Item = &'a VmFacts<'a>> {
    let estate = judge.view.estate;
    let wanted = judge.view.vms.iter().filter(|vm| vm.wanted && !vm.in_a_run);
    wanted.filter(|vm| !is_looked_after(judge, vm)).filter(move |vm| {
        let in_room =
            |room: &RoomId| estate.hosts.get(vm.placed).is_some_and(|host| host.room == *room);
        match cause {
            Cause::VmLost { host, .. } => {
                vm.placed == host && down_on_living_host(judge, vm).is_some()
            }
            Cause::HostLost { host } => vm.placed == host,
            Cause::RoomLost { room } => in_room(room),
            Cause::StorageSideLost { layer, room } => in_room(room) && uses(estate, vm.id, layer),
            Cause::StorageLayerLost { layer } => {
                in_production(estate, vm.placed) && uses(estate, vm.id, layer)
            }
            Cause::ProductionLost => in_production(estate, vm.placed),
            Cause::ArrayLost { .. } | Cause::LinkLost { .. } | Cause::ControllerLost { .. } => {
                false
            }
        }
    })
}

/// Whether the host stands in a room that runs VMs every day.
fn in_production(estate: &Estate, host: &HostId) -> bool {
    let room = estate.hosts.get(host).map(|host| &host.room);
    estate.production_rooms().any(|production| Some(production) == room)
}

/// Whether the VM has a volume on the layer.
fn uses(estate: &Estate, vm: &VmId, layer: &StorageLayerId) -> bool {
    let volumes = estate.vms.get(vm).into_iter().flat_map(|vm| &vm.volumes);
    volumes
        .filter_map(|volume| estate.volumes.get(volume))
        .any(|volume| volume.layer.as_ref() == Some(layer))
}
