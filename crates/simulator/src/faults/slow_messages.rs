use std::time::Duration;

use rand::RngExt;

use super::{FaultKind, note};
use crate::world::World;

/// Late messages, everywhere.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let by_ms = world.random(|rng| rng.random_range(100..2500));
    note(world, FaultKind::SlowMessages, format!("up to {by_ms} ms for {} ms", lasts.as_millis()));
    world.stage().network.slow_down(by_ms);
    tokio::time::sleep(lasts).await;
    world.stage().network.speed_up(by_ms);
}
