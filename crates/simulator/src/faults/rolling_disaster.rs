use std::time::Duration;

use rand::RngExt;

use super::{FaultKind, darken, lighten, note};
use crate::world::{Cut, Plane, World};

/// The links between the arrays' rooms are cut, storage elects a side, and then that side's room
/// dies: what is left has an old copy.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let Some(layer) = world.estate.storage_layers.values().next() else { return };
    let rooms: Vec<_> = layer
        .arrays
        .iter()
        .filter_map(|array| world.estate.arrays.get(array))
        .map(|array| array.room.clone())
        .collect();
    let [one, other] = rooms.as_slice() else { return };
    note(world, FaultKind::RollingDisaster, format!("for {} ms", lasts.as_millis()));
    let mut cuts = Vec::new();
    for plane in [Plane::Network, Plane::Storage] {
        cuts.push(Cut { plane, from: one.clone(), to: other.clone() });
        cuts.push(Cut { plane, from: other.clone(), to: one.clone() });
    }
    cuts.iter().for_each(|cut| world.stage().network.cut(cut));
    let dies_after = world.random(|rng| rng.random_range(1600..8000));
    tokio::time::sleep(Duration::from_millis(dies_after)).await;
    let elected = {
        let stage = world.stage();
        stage.layers.values().find_map(|layer| layer.elected().cloned())
    };
    if let Some(room) = &elected {
        darken(world, room);
    }
    tokio::time::sleep(lasts).await;
    if let Some(room) = &elected {
        lighten(world, room).await;
    }
    cuts.iter().for_each(|cut| world.stage().network.mend(cut));
}
