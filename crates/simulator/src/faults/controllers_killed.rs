use std::time::Duration;

use futures_util::future::join_all;

use super::{FaultKind, let_up, note, take_down};
use crate::world::World;

/// Every controller; the hosts and the links live.
pub(super) async fn strike(world: &World, lasts: Duration) {
    note(world, FaultKind::ControllersKilled, format!("for {} ms", lasts.as_millis()));
    let all: Vec<_> = world.estate.rooms.values().map(|room| room.controller).collect();
    for controller in &all {
        take_down(world, *controller);
    }
    tokio::time::sleep(lasts).await;
    // All at once: one that starts waits until what its guardian promised is over.
    join_all(all.iter().map(|controller| let_up(world, *controller))).await;
}
