use std::time::Duration;

use super::{FaultKind, note};
use crate::world::{Cut, Plane, World};

/// The storage links to the room that keeps the copies are cut: the copies fall behind.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let keepers = world.estate.volumes.keys().filter_map(|id| world.estate.replica_room(id));
    let Some(keeper) = world.pick(keepers.cloned().collect()) else { return };
    let others = world.estate.rooms.keys().filter(|room| **room != keeper);
    let ways = others.flat_map(|room| [(room, &keeper), (&keeper, room)]);
    let cuts: Vec<Cut> = ways
        .map(|(from, to)| Cut { plane: Plane::Storage, from: from.clone(), to: to.clone() })
        .collect();
    note(world, FaultKind::CopiesLag, format!("{keeper} for {} ms", lasts.as_millis()));
    cuts.iter().for_each(|cut| world.stage().network.cut(cut));
    tokio::time::sleep(lasts).await;
    cuts.iter().for_each(|cut| world.stage().network.mend(cut));
}
