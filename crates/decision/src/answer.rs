//! What a run that answers an incident has to restart.

use std::collections::BTreeSet;

use model::id::{RoomId, VmId};
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
            Cause::StorageSideLost { layer, room } => {
                in_room(room)
                    && estate.vms.get(vm.id).is_some_and(|vm| {
                        vm.volumes.iter().any(|volume| {
                            estate
                                .volumes
                                .get(volume)
                                .is_some_and(|volume| volume.layer.as_ref() == Some(layer))
                        })
                    })
            }
            Cause::ArrayLost { .. } | Cause::LinkLost { .. } | Cause::ControllerLost { .. } => {
                false
            }
        }
    })
}
