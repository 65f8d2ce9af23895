use std::time::Duration;

use consensus::simulation;
use rand::RngExt;

use super::{FaultKind, note};
use crate::world::World;

/// One controller's disk: each piece of work takes many times as long as usual.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let running = world.running().into_iter().map(|(id, _)| id).collect();
    let Some(controller) = world.pick(running) else { return };
    let longest = world.random(|rng| rng.random_range(10_000..600_000_u64));
    let what = format!("{controller}, up to {} ms, for {} ms", longest / 1000, lasts.as_millis());
    note(world, FaultKind::DiskSlow, what);
    simulation::set_disk_delay_of(controller, Some(longest / 20..longest));
    tokio::time::sleep(lasts).await;
    simulation::set_disk_delay_of(controller, None);
}
