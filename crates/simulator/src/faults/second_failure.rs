use std::time::Duration;

use rand::RngExt;

use super::{FaultKind, darken, let_up, lighten, note, rooms, take_down};
use crate::world::World;

/// A room dies, and in the middle of the recovery the leader or a host of another room too.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let Some(room) = world.pick(rooms(world)) else { return };
    note(world, FaultKind::SecondFailure, format!("after {room}, for {} ms", lasts.as_millis()));
    darken(world, &room);
    if world.until_recovering(lasts).await {
        let (later, which) =
            world.random(|rng| (rng.random_range(0..4000), rng.random_range(0..2)));
        tokio::time::sleep(Duration::from_millis(later)).await;
        if which == 0
            && let Some(leader) = world.leader()
        {
            take_down(world, leader);
            tokio::time::sleep(lasts / 4).await;
            let_up(world, leader).await;
        } else {
            let elsewhere: Vec<_> = world
                .estate
                .hosts
                .iter()
                .filter(|(_, host)| host.room != room)
                .map(|(id, _)| id.clone())
                .collect();
            if let Some(host) = world.pick(elsewhere) {
                world.power_off_host(&host, "lost its power");
                tokio::time::sleep(lasts / 4).await;
                world.power_on_host(&host);
            }
        }
    }
    lighten(world, &room).await;
}
