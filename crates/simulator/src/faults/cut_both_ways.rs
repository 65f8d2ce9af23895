use std::time::Duration;

use rand::RngExt;

use super::{FaultKind, note, two_rooms};
use crate::world::{Cut, Plane, World};

/// The network between two rooms, every second time with their storage links.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let Some((one, other)) = two_rooms(world) else { return };
    let with_storage = world.random(|rng| rng.random_range(0..2) == 0);
    let mut planes = vec![Plane::Network];
    if with_storage {
        planes.push(Plane::Storage);
    }
    let mut cuts = Vec::new();
    for plane in planes {
        cuts.push(Cut { plane, from: one.clone(), to: other.clone() });
        cuts.push(Cut { plane, from: other.clone(), to: one.clone() });
    }
    let what = if with_storage { "network and storage" } else { "network" };
    let millis = lasts.as_millis();
    note(world, FaultKind::CutBothWays, format!("{one}-{other}, {what}, for {millis} ms"));
    cuts.iter().for_each(|cut| world.stage().network.cut(cut));
    tokio::time::sleep(lasts).await;
    cuts.iter().for_each(|cut| world.stage().network.mend(cut));
}
