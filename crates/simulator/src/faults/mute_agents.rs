use std::time::Duration;

use rand::RngExt;

use super::{FaultKind, note};
use crate::world::{Weather, World};

/// Agents carry out what they are ordered and many of their answers are lost.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let percent = world.random(|rng| rng.random_range(30..=100));
    note(world, FaultKind::MuteAgents, format!("{percent} % for {} ms", lasts.as_millis()));
    let weather = Weather::MuteAgents(percent * 10_000);
    world.stage().network.worsen(weather);
    tokio::time::sleep(lasts).await;
    world.stage().network.better(weather);
}
