use std::time::Duration;

use rand::RngExt;
use state_machine::Command;

use super::operator::{PAUL, later, order};
use super::{FaultKind, note};
use crate::world::World;

/// One host, or a whole room; ends by itself.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let hosts = world.estate.hosts.keys().cloned().collect();
    let Some(host) = world.pick(hosts) else { return };
    let Some(room) = world.estate.hosts.get(&host).map(|host| host.room.clone()) else { return };
    let whole = world.random(|rng| rng.random_range(0..2) == 0);
    let host = (!whole).then_some(host);
    let what = host.as_ref().map_or_else(|| format!("room {room}"), ToString::to_string);
    note(world, FaultKind::OperatorMaintains, format!("{what} for {} ms", lasts.as_millis()));
    let (until, reason) = (later(world, lasts), "a new power supply".to_owned());
    order(world, PAUL, Command::MaintenanceSet { host, room, until, reason }).await;
}
