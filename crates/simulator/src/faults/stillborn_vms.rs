use std::time::Duration;

use super::{FaultKind, note};
use crate::world::World;

/// Every second VM that starts dies before its guest has shown itself.
pub(super) async fn strike(world: &World, lasts: Duration) {
    note(world, FaultKind::StillbornVms, format!("for {} ms", lasts.as_millis()));
    world.stage().stillborn += 1;
    tokio::time::sleep(lasts).await;
    let mut stage = world.stage();
    stage.stillborn = stage.stillborn.saturating_sub(1);
}
