use std::time::Duration;

use super::{FaultKind, let_up, note, take_down};
use crate::world::World;

/// How closely acknowledgements are watched: well within what a disk takes.
const LOOK_EVERY: Duration = Duration::from_micros(500);

/// All controllers die within a millisecond of an acknowledgement. The two that followed come
/// back and elect; the one that led comes back later.
pub(super) async fn strike(world: &World, lasts: Duration) {
    note(world, FaultKind::CrashAfterAck, format!("for {} ms", lasts.as_millis()));
    let before = world.stage().record.acknowledged;
    let end = world.now() + lasts;
    while world.stage().record.acknowledged == before && world.now() < end {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let leader = world.leader();
    let all: Vec<_> = world.estate.rooms.values().map(|room| room.controller).collect();
    for controller in &all {
        take_down(world, *controller);
    }
    tokio::time::sleep(Duration::from_millis(10)).await;
    for controller in all.iter().filter(|id| Some(**id) != leader) {
        let_up(world, *controller).await;
    }
    tokio::time::sleep(lasts).await;
    if let Some(leader) = leader {
        let_up(world, leader).await;
    }
}
