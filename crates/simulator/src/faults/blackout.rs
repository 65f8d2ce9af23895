use std::time::Duration;

use super::{FaultKind, darken, lighten, note, rooms};
use crate::world::World;

/// The whole site.
pub(super) async fn strike(world: &World, lasts: Duration) {
    note(world, FaultKind::Blackout, format!("for {} ms", lasts.as_millis()));
    for room in rooms(world) {
        darken(world, &room);
    }
    tokio::time::sleep(lasts).await;
    for room in rooms(world) {
        lighten(world, &room).await;
    }
}
