use std::time::Duration;

use super::{FaultKind, expendable, let_up, note, take_down};
use crate::world::World;

/// One controller's disk is copied, and some time later the copy is put back: it has forgotten
/// votes and entries that it acknowledged. The controller must notice, and stops for good.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let Some(controller) = expendable(world) else { return };
    let Some(disk) = world.disk(controller) else { return };
    note(world, FaultKind::OldImage, format!("{controller}, {} ms old", lasts.as_millis()));
    world.stage().spoiled.insert(controller);
    let image = disk.durable_image();
    tokio::time::sleep(lasts).await;
    take_down(world, controller);
    disk.set_image(image);
    let_up(world, controller).await;
}
