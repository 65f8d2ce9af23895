use std::time::Duration;

use super::{FaultKind, note};
use crate::world::World;

/// One host, down and up again before anybody has noticed.
pub(super) fn strike(world: &World, lasts: Duration) {
    let up: Vec<_> = {
        let stage = world.stage();
        let up = stage.machines.iter().filter(|(_, machine)| machine.is_up());
        up.map(|(id, _)| id.clone()).collect()
    };
    let Some(host) = world.pick(up) else { return };
    note(world, FaultKind::FastReboot, format!("{host}, up after {} ms", lasts.as_millis()));
    world.reboot_host(&host, lasts);
}
