use std::time::Duration;

use model::id::HostId;
use state_machine::Command;

use super::operator::{PAUL, order};
use super::{FaultKind, note};
use crate::world::World;

/// One host's watchdog, disarmed for a while.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let timeout = |host: &HostId| {
        let watchdog = world.estate.hosts.get(host)?.watchdog?;
        watchdog.armed.then_some(watchdog.timeout)
    };
    let armed = world.estate.hosts.keys().filter(|host| timeout(host).is_some());
    let Some(host) = world.pick(armed.cloned().collect()) else { return };
    let Some(watchdog) = timeout(&host) else { return };
    note(world, FaultKind::OperatorArms, format!("{host}, off for {} ms", lasts.as_millis()));
    for (armed, then) in [(false, lasts), (true, Duration::ZERO)] {
        order(world, PAUL, Command::HostArmed { host: host.clone(), armed, watchdog }).await;
        tokio::time::sleep(then).await;
    }
}
