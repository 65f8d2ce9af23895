use std::time::Duration;

use rand::RngExt;

use super::{FaultKind, note};
use crate::world::World;

/// Lost messages, everywhere.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let percent = world.random(|rng| rng.random_range(5..40));
    note(world, FaultKind::LostMessages, format!("{percent} % for {} ms", lasts.as_millis()));
    let ppm = percent * 10_000;
    world.stage().network.lose(ppm);
    tokio::time::sleep(lasts).await;
    world.stage().network.lose_no_more(ppm);
}
