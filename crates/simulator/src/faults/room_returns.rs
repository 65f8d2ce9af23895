use std::time::Duration;

use rand::RngExt;

use super::{FaultKind, darken, lighten, note, rooms};
use crate::world::World;

/// A room loses its power and has it back in the middle of the recovery from that.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let Some(room) = world.pick(rooms(world)) else { return };
    note(
        world,
        FaultKind::RoomReturns,
        format!("{room}, at the latest after {} ms", lasts.as_millis()),
    );
    darken(world, &room);
    let recovered = world.until_recovering(lasts).await;
    let later = world.random(|rng| rng.random_range(0..4000));
    if recovered {
        tokio::time::sleep(Duration::from_millis(later)).await;
    }
    lighten(world, &room).await;
}
