use std::time::Duration;

use model::era::Token;
use model::id::HostId;
use rand::RngExt;

use super::operator::{JEAN, MARIE, PAUL, attest, fence_order, look};
use super::{FaultKind, note};
use crate::world::World;

/// How often the console is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// The ways to attest.
const HOW: [&str; 4] = ["two persons", "one person twice", "with who may not", "the second late"];

/// Waits for a host that is to be fenced and that nobody hears. A person goes there and pulls its
/// plug, so that what they say is true, and puts it back at the end: two persons say so, one of
/// them twice, one who may not, or the second one late.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let how = world.random(|rng| rng.random_range(0..HOW.len()));
    note(world, FaultKind::OperatorAttests, HOW.get(how).copied().unwrap_or_default());
    let end = world.now() + lasts;
    let (host, token) = loop {
        if let Some(host) = world.pick(silent(world))
            && let Some(token) = fence_order(world, &host)
        {
            break (host, token);
        }
        if world.now() >= end {
            return;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    };
    world.pull_plug(&host);
    say(world, how, (&host, token), lasts).await;
    tokio::time::sleep(lasts).await;
    world.put_plug_back(&host);
}

async fn say(world: &World, how: usize, (host, token): (&HostId, Token), lasts: Duration) {
    let (first, second, wait) = match how {
        1 => (MARIE, MARIE, Duration::ZERO),
        2 => (JEAN, PAUL, Duration::ZERO),
        3 => (PAUL, MARIE, lasts / 2),
        _ => (MARIE, PAUL, Duration::ZERO),
    };
    attest(world, first, host, token).await;
    tokio::time::sleep(wait).await;
    attest(world, second, host, token).await;
}

/// The hosts that are to be fenced, are not proved to be, and show no sign of life.
fn silent(world: &World) -> Vec<HostId> {
    let silent = look(world, |state| {
        let wanted = state
            .hosts
            .iter()
            .filter(|(_, record)| record.fence.as_ref().is_some_and(|order| !order.is_proved()));
        let silent = wanted.filter(|(host, _)| state.sign_of_life(host).is_none());
        silent.map(|(host, _)| host.clone()).collect()
    });
    silent.unwrap_or_default()
}
