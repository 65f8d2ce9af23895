use std::time::Duration;

use super::{FaultKind, note, rooms};
use crate::world::{Cut, Plane, World};

/// Every room from every other one, network and storage: nobody has a majority.
pub(super) async fn strike(world: &World, lasts: Duration) {
    note(world, FaultKind::Isolation, format!("for {} ms", lasts.as_millis()));
    let mut cuts = Vec::new();
    for from in rooms(world) {
        for to in rooms(world).into_iter().filter(|to| *to != from) {
            for plane in [Plane::Network, Plane::Storage] {
                cuts.push(Cut { plane, from: from.clone(), to: to.clone() });
            }
        }
    }
    cuts.iter().for_each(|cut| world.stage().network.cut(cut));
    tokio::time::sleep(lasts).await;
    cuts.iter().for_each(|cut| world.stage().network.mend(cut));
}
