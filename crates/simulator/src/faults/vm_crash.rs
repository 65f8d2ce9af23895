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
    let Some((host, vm)) = world.pick(running) else { return };
    note(world, FaultKind::VmCrash, format!("{vm} on {host}"));
    world.crash_vm(&host, &vm);
}
