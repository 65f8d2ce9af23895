use std::time::Duration;

use rand::RngExt;

use super::{FaultKind, note, rooms};
use crate::world::{BmcMood, World};

/// The management controllers of one room's hosts: dead, refusing, late, or saying "off" before
/// it is. A claim is ahead of the truth by less than the time between the two readings that a
/// proof needs: that is the envelope.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let Some(room) = world.pick(rooms(world)) else { return };
    let (kind, millis) =
        world.random(|rng| (rng.random_range(0..4), rng.random_range(20..450_u64)));
    let (mood, what) = match kind {
        0 => (BmcMood::Dead, "dead"),
        1 => (BmcMood::Refuses, "refusing"),
        2 => (BmcMood::Late(Duration::from_millis(millis * 12)), "late"),
        _ => (BmcMood::ClaimsOff(Duration::from_millis(millis)), "claiming off too early"),
    };
    let ms = lasts.as_millis();
    note(world, FaultKind::BmcTrouble, format!("in room {room}: {what}, for {ms} ms"));
    let hosts: Vec<_> = world.estate.hosts_in(&room).map(|(host, _)| host.clone()).collect();
    for host in &hosts {
        world.stage().bmc_moods.insert(host.clone(), mood);
    }
    tokio::time::sleep(lasts).await;
    for host in &hosts {
        world.stage().bmc_moods.remove(host);
    }
}
