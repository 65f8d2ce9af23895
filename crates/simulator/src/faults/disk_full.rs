use std::time::Duration;

use consensus::simulation::SimulatedDisk;

use super::{FaultKind, ail, note};
use crate::world::World;

/// One controller's disk has no space left: every write is refused until there is some again.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let running = world.running().into_iter().map(|(id, _)| id).collect();
    let Some(controller) = world.pick(running) else { return };
    note(world, FaultKind::DiskFull, format!("{controller} for {} ms", lasts.as_millis()));
    ail(world, controller, lasts, SimulatedDisk::set_full).await;
}
