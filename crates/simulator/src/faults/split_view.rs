use std::time::Duration;

use rand::RngExt;

use super::{FaultKind, note, rooms};
use crate::world::{Cut, Plane, World};

/// Each direction of each link by itself, network and storage by themselves: one room sees what
/// another does not.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let mut cuts = Vec::new();
    for from in rooms(world) {
        for to in rooms(world).into_iter().filter(|to| *to != from) {
            for plane in [Plane::Network, Plane::Storage] {
                if world.random(|rng| rng.random_range(0..4) == 0) {
                    cuts.push(Cut { plane, from: from.clone(), to: to.clone() });
                }
            }
        }
    }
    let what: Vec<String> =
        cuts.iter().map(|cut| format!("{:?} {}>{}", cut.plane, cut.from, cut.to)).collect();
    let what = format!("{} for {} ms", what.join(", "), lasts.as_millis()).to_lowercase();
    note(world, FaultKind::SplitView, what);
    cuts.iter().for_each(|cut| world.stage().network.cut(cut));
    tokio::time::sleep(lasts).await;
    cuts.iter().for_each(|cut| world.stage().network.mend(cut));
}
