use std::time::Duration;

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
    for controller in &all {
        let_up(world, *controller).await;
    }
}
