use std::time::Duration;

use super::{FaultKind, note};
use crate::world::World;

/// One host.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let up: Vec<_> = {
        let stage = world.stage();
        let up = stage.machines.iter().filter(|(_, machine)| machine.is_up());
        up.map(|(id, _)| id.clone()).collect()
    };
    let Some(host) = world.pick(up) else { return };
    note(world, FaultKind::HostPower, format!("{host} for {} ms", lasts.as_millis()));
    world.power_off_host(&host, "lost its power");
    tokio::time::sleep(lasts).await;
    world.power_on_host(&host);
}
