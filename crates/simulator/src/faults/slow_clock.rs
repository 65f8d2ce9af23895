use std::time::Duration;

use super::{FaultKind, note};
use crate::world::World;

/// Nineteen twentieths of its rate are gone: a lease of two seconds lasts forty.
const RATE_PPM: i64 = -950_000;

/// One host's clock is so slow that its lease outlives the wait of those who fence it: outside of
/// the envelope, and a checker must say so.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let hosts = world.estate.hosts.keys().cloned().collect();
    let Some(host) = world.pick(hosts) else { return };
    let rate = world.stage().machines.get(&host).map(|machine| machine.clock.rate_ppm);
    let Some(rate) = rate else { return };
    note(world, FaultKind::SlowClock, format!("{host} for {} ms", lasts.as_millis()));
    world.set_clock_rate(&host, RATE_PPM);
    tokio::time::sleep(lasts).await;
    world.set_clock_rate(&host, rate);
}
