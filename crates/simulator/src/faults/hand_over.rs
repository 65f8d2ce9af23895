use std::time::Duration;

use super::{FaultKind, note};
use crate::world::World;

/// How long a transfer may take.
const WITHIN: Duration = Duration::from_secs(5);

/// An operator moves the leadership.
pub(super) async fn strike(world: &World) {
    let led_by = world.leader();
    let running = world.running().into_iter().map(|(id, _)| id);
    let Some(to) = world.pick(running.collect()) else { return };
    note(world, FaultKind::HandOver, to.to_string());
    let leader = world.running().into_iter().find(|(id, _)| Some(*id) == led_by);
    if let Some((_, leader)) = leader.filter(|(id, _)| *id != to) {
        // Whether it went well is seen in who leads.
        let _ = leader.node.transfer_leader(to, WITHIN).await;
    }
}
