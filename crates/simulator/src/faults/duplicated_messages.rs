use std::time::Duration;

use rand::RngExt;

use super::{FaultKind, note};
use crate::world::{Weather, World};

/// Frames between controllers, orders, renewals and questions for promises arrive a second time,
/// up to three seconds later.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let percent = world.random(|rng| rng.random_range(5..50));
    note(world, FaultKind::DuplicatedMessages, format!("{percent} % for {} ms", lasts.as_millis()));
    let weather = Weather::Twice(percent * 10_000);
    world.stage().network.worsen(weather);
    tokio::time::sleep(lasts).await;
    world.stage().network.better(weather);
}
