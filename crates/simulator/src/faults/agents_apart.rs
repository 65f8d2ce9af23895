use std::time::Duration;

use super::{FaultKind, note};
use crate::world::World;

/// Agents of different rooms do not hear each other: each can still ask controllers and guardians.
pub(super) async fn strike(world: &World, lasts: Duration) {
    note(world, FaultKind::AgentsApart, format!("for {} ms", lasts.as_millis()));
    world.stage().agents_apart += 1;
    tokio::time::sleep(lasts).await;
    let mut stage = world.stage();
    stage.agents_apart = stage.agents_apart.saturating_sub(1);
}
