use std::time::Duration;

use super::{FaultKind, note};
use crate::fact::Fact;
use crate::world::World;
use consensus::simulation;

/// One controller's process is stopped and goes on later, every second time the one that leads:
/// it may sleep through the end of its leadership and wake with what it was about to order.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let leader = world.leader();
    let mut running: Vec<_> = world.running().into_iter().map(|(id, _)| id).collect();
    running.extend(std::iter::repeat_n(leader, running.len()).flatten());
    let Some(controller) = world.pick(running) else { return };
    note(world, FaultKind::ControllerPause, format!("{controller} for {} ms", lasts.as_millis()));
    let led = leader == Some(controller);
    simulation::pause(controller);
    tokio::time::sleep(lasts).await;
    let others = world.running().into_iter().filter(|(id, _)| *id != controller);
    let deposed = led && others.into_iter().any(|(id, of)| of.node.leader() == Some(id));
    world.note(&Fact::ControllerWoke { node: controller, deposed });
    simulation::resume(controller);
}
