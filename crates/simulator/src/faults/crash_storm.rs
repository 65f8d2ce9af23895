use std::time::Duration;

use model::id::ControllerId;
use rand::RngExt;

use super::{FaultKind, let_up, note, take_down};
use crate::world::World;

/// All controllers together, several times, back within milliseconds: votes are cast, lost power,
/// and must not be forgotten.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let all: Vec<ControllerId> = world.estate.rooms.values().map(|room| room.controller).collect();
    note(world, FaultKind::CrashStorm, format!("for {} ms", lasts.as_millis()));
    let end = world.now() + lasts;
    while world.now() < end {
        for controller in &all {
            take_down(world, *controller);
        }
        let (off, on) =
            world.random(|rng| (rng.random_range(1..50_u64), rng.random_range(300..1500_u64)));
        tokio::time::sleep(Duration::from_millis(off)).await;
        for controller in &all {
            let_up(world, *controller).await;
        }
        tokio::time::sleep(Duration::from_millis(on)).await;
    }
}
