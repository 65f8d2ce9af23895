use std::time::Duration;

use super::{FaultKind, note, two_rooms};
use crate::world::{Cut, Plane, World};

/// The network from one room to another.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let Some((from, to)) = two_rooms(world) else { return };
    note(world, FaultKind::CutOneWay, format!("{from} to {to} for {} ms", lasts.as_millis()));
    let cut = Cut { plane: Plane::Network, from, to };
    world.stage().network.cut(&cut);
    tokio::time::sleep(lasts).await;
    world.stage().network.mend(&cut);
}
