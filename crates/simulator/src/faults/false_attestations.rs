use std::time::Duration;

use super::operator::{MARIE, PAUL, attest, fence_order};
use super::{FaultKind, note};
use crate::world::{BmcMood, World};

/// How often the console is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A host's management controller is dead, and once the host is to be fenced two persons attest
/// that it is off without having looked: it runs. Outside of the envelope, and a checker must say
/// so.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let hosts = world.estate.hosts.keys().cloned().collect();
    let Some(host) = world.pick(hosts) else { return };
    note(world, FaultKind::FalseAttestations, format!("of {host}"));
    world.stage().bmc_moods.insert(host.clone(), BmcMood::Dead);
    let end = world.now() + lasts;
    while world.now() < end {
        if let Some(token) = fence_order(world, &host) {
            for person in [MARIE, PAUL] {
                attest(world, person, &host, token).await;
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    world.stage().bmc_moods.remove(&host);
}
