use std::time::Duration;

use rand::RngExt;

use super::{FaultKind, note};
use crate::world::{Weather, World};

/// Orders to agents are held up: a start may arrive after the next token was given out.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let by_ms = world.random(|rng| rng.random_range(1000..8000));
    note(world, FaultKind::LateOrders, format!("up to {by_ms} ms for {} ms", lasts.as_millis()));
    let weather = Weather::LateOrders(by_ms);
    world.stage().network.worsen(weather);
    tokio::time::sleep(lasts).await;
    world.stage().network.better(weather);
}
