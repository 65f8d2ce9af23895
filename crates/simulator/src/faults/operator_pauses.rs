use std::time::Duration;

use rand::RngExt;
use state_machine::Command;

use super::operator::{MARIE, later, order};
use super::{FaultKind, note};
use crate::world::World;

/// A pause, every second time ended early, every second time ended by itself.
pub(super) async fn strike(world: &World, lasts: Duration) {
    note(world, FaultKind::OperatorPauses, format!("for {} ms", lasts.as_millis()));
    let (until, reason) = (later(world, lasts), "work on the network".to_owned());
    order(world, MARIE, Command::Paused { until, reason }).await;
    if world.random(|rng| rng.random_range(0..2) == 0) {
        tokio::time::sleep(lasts / 2).await;
        order(world, MARIE, Command::Resumed).await;
    }
}
