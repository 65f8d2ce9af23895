use std::time::Duration;

use rand::RngExt;

use super::{FaultKind, darken, lighten, note};
use crate::world::{Cut, Plane, World};

/// How long an election may take in this fault.
const SLOWEST_ELECTION_MS: u64 = 6_000;

/// The sides of a storage layer lose each other; the layer elects one in its own time, by its own
/// choice. Then that one burns, and every second time somebody forces the other side, whose copy is
/// old, to serve.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let Some(id) = world.pick(world.estate.storage_layers.keys().cloned().collect()) else {
        return;
    };
    let rooms = world.stage().layers.get(&id).map(|layer| layer.rooms()).unwrap_or_default();
    let [one, other] = rooms.as_slice() else { return };
    let Some(favourite) = world.pick(rooms.clone()) else { return };
    let slow = world.random(|rng| rng.random_range(500..=SLOWEST_ELECTION_MS));
    let election = Duration::from_millis(slow);
    let forced = world.random(|rng| rng.random_range(0..2) == 0);
    if let Some(layer) = world.stage().layers.get_mut(&id) {
        layer.choose(election, favourite);
    }
    let way = |from: &model::id::RoomId, to: &model::id::RoomId| Cut {
        plane: Plane::Storage,
        from: from.clone(),
        to: to.clone(),
    };
    let cuts = [way(one, other), way(other, one)];
    let words = if forced { ", then the old side is forced" } else { "" };
    let millis = lasts.as_millis();
    note(world, FaultKind::StorageSplit, format!("{id} for {millis} ms{words}"));
    cuts.iter().for_each(|cut| world.stage().network.cut(cut));
    tokio::time::sleep(election + lasts / 2).await;
    let elected = world.stage().layers.get(&id).and_then(|layer| layer.elected().cloned());
    if let Some(elected) = &elected {
        darken(world, elected);
        let old = rooms.iter().find(|room| *room != elected);
        if let (true, Some(old), Some(layer)) = (forced, old, world.stage().layers.get_mut(&id)) {
            layer.force(old);
        }
    }
    tokio::time::sleep(lasts / 2).await;
    cuts.iter().for_each(|cut| world.stage().network.mend(cut));
    if let Some(elected) = &elected {
        lighten(world, elected).await;
    }
}
