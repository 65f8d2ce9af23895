use std::time::Duration;

use super::{FaultKind, note, two_rooms};
use crate::world::{Cut, Plane, World};

/// One direction between two rooms, network and storage.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let Some((from, to)) = two_rooms(world) else { return };
    note(world, FaultKind::CutDirection, format!("{from} to {to} for {} ms", lasts.as_millis()));
    let cuts = [Plane::Network, Plane::Storage].map(|plane| Cut {
        plane,
        from: from.clone(),
        to: to.clone(),
    });
    cuts.iter().for_each(|cut| world.stage().network.cut(cut));
    tokio::time::sleep(lasts).await;
    cuts.iter().for_each(|cut| world.stage().network.mend(cut));
}
