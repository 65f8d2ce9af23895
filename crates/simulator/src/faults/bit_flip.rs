use std::time::Duration;

use rand::RngExt;

use super::{FaultKind, expendable, let_up, note, take_down};
use crate::world::World;

/// One controller goes down, a bit of its disk flips, and it starts again. Where the bit matters
/// the controller finds it by a checksum, says so and stops for good; the other two go on.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let Some(controller) = expendable(world) else { return };
    let Some(disk) = world.disk(controller) else { return };
    take_down(world, controller);
    let bits = disk.image().len() * 8;
    let bit = world.random(|rng| rng.random_range(0..bits.max(1)));
    note(world, FaultKind::BitFlip, format!("{controller}, bit {bit} of {bits}"));
    if disk.flip(bit) {
        world.stage().spoiled.insert(controller);
    }
    tokio::time::sleep(lasts).await;
    let_up(world, controller).await;
}
