use std::time::Duration;

use super::{FaultKind, note};
use crate::world::{BmcMood, World};

/// One host's management controller accepts the order, says "off" in every reading after it, and
/// leaves the host on: outside of the envelope, and a checker must say so.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let hosts = world.estate.hosts.keys().cloned().collect();
    let Some(host) = world.pick(hosts) else { return };
    note(world, FaultKind::LyingBmc, format!("of {host}, for {} ms", lasts.as_millis()));
    world.stage().bmc_moods.insert(host.clone(), BmcMood::Lies);
    tokio::time::sleep(lasts).await;
    let mut stage = world.stage();
    stage.bmc_moods.remove(&host);
    stage.claimed_off.remove(&host);
}
