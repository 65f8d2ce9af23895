use std::time::Duration;

use super::{FaultKind, note};
use crate::world::World;

/// One agent's process is stopped and goes on later: it neither renews nor feeds nor answers, and
/// finds on waking what was sent to it meanwhile. Its VMs execute, its watchdog counts.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let up: Vec<_> = {
        let stage = world.stage();
        let up = stage.machines.iter().filter(|(_, machine)| machine.is_up());
        up.map(|(id, _)| id.clone()).collect()
    };
    let Some(host) = world.pick(up) else { return };
    note(world, FaultKind::AgentPause, format!("{host} for {} ms", lasts.as_millis()));
    let Some(boot) = world.pause_agent(&host) else { return };
    tokio::time::sleep(lasts).await;
    world.resume_agent(&host, &boot);
}
