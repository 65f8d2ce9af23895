use std::time::Duration;

use super::{FaultKind, let_up, note, take_down};
use crate::world::World;

/// One controller, every second time the one that leads.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let leader = world.leader();
    let mut running: Vec<_> = world.running().into_iter().map(|(id, _)| id).collect();
    running.extend(std::iter::repeat_n(leader, running.len()).flatten());
    let Some(controller) = world.pick(running) else { return };
    note(world, FaultKind::ControllerCrash, format!("{controller} for {} ms", lasts.as_millis()));
    take_down(world, controller);
    tokio::time::sleep(lasts).await;
    let_up(world, controller).await;
}
