use std::time::Duration;

use super::{FaultKind, let_up, note, take_down};
use crate::world::World;

/// All disks acknowledge syncs that they do not carry out, and then lose their power: outside of
/// the envelope, and a checker must say so.
pub(super) async fn strike(world: &World, lasts: Duration) {
    note(world, FaultKind::LyingFsync, format!("for {} ms", lasts.as_millis()));
    let all: Vec<_> = world.estate.rooms.values().map(|room| room.controller).collect();
    for disk in all.iter().filter_map(|controller| world.disk(*controller)) {
        disk.set_lying(true);
    }
    tokio::time::sleep(lasts).await;
    for controller in &all {
        take_down(world, *controller);
        if let Some(disk) = world.disk(*controller) {
            disk.set_lying(false);
        }
    }
    for controller in &all {
        let_up(world, *controller).await;
    }
}
