use std::time::Duration;

use rand::RngExt;

use super::{FaultKind, note};
use crate::world::{Weather, World};

/// Messages overtake each other, everywhere.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let by_ms = world.random(|rng| rng.random_range(20..300));
    note(
        world,
        FaultKind::ReorderedMessages,
        format!("by {by_ms} ms for {} ms", lasts.as_millis()),
    );
    let weather = Weather::Jitter(by_ms);
    world.stage().network.worsen(weather);
    tokio::time::sleep(lasts).await;
    world.stage().network.better(weather);
}
