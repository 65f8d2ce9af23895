use std::time::Duration;

use super::{FaultKind, darken, lighten, note, rooms};
use crate::world::World;

/// One room, any of them.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let Some(room) = world.pick(rooms(world)) else { return };
    note(world, FaultKind::RoomLoss, format!("{room} for {} ms", lasts.as_millis()));
    darken(world, &room);
    tokio::time::sleep(lasts).await;
    lighten(world, &room).await;
}
