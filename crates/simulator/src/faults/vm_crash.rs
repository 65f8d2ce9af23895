use super::{FaultKind, note};
use crate::world::World;

/// One VM, wherever it executes.
pub(super) fn strike(world: &World) {
    let running: Vec<_> = {
        let stage = world.stage();
        let each = stage.machines.iter();
        each.flat_map(|(host, machine)| {
            machine.running().into_iter().map(|vm| (host.clone(), vm)).collect::<Vec<_>>()
        })
        .collect()
    };
    let vms = running.iter().map(|(_, vm)| vm.clone()).collect();
    let Some(vm) = world.pick(vms) else { return };
    let Some((host, _)) = running.into_iter().find(|(_, of)| *of == vm) else { return };
    note(world, FaultKind::VmCrash, format!("{vm} on {host}"));
    world.crash_vm(&host, &vm);
}
