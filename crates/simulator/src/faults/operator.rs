//! The people at the console: what they order goes through the log like everything else, in
//! their name, and only while somebody leads.

use std::time::Duration;

use model::era::Token;
use model::id::{HostId, RoomId, RunId};
use model::time::LogTime;
use model::units::Span;
use state_machine::{AttestedHost, Command, State};

use super::asked::questions;
use crate::node;
use crate::world::World;

/// A person waits no longer for the console to answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// The two who are on duty.
pub(super) const MARIE: &str = "marie";
pub(super) const PAUL: &str = "paul";
/// Works here, and is named nowhere.
pub(super) const JEAN: &str = "jean";

/// What two persons accept to lose when all is over and a run still waits for their word.
const ALL_MAY_BE_LOST: Span = Span::from_secs(3600);

/// Orders something in a person's name. What became of it, the log tells.
pub(super) async fn order(world: &World, person: &str, command: Command) {
    let ordered = node::propose(world, &command, Some(person.into()));
    let _ = tokio::time::timeout(PATIENCE, ordered).await;
}

/// Looks at the state as whoever leads shows it; none while nobody leads.
pub(super) fn look<T>(world: &World, at: impl FnOnce(&State) -> T) -> Option<T> {
    let leader = world.leader()?;
    let (_, running) = world.running().into_iter().find(|(id, _)| *id == leader)?;
    Some(running.node.with_state(at))
}

/// So much later, by the log.
pub(super) fn later(world: &World, lasts: Duration) -> LogTime {
    let millis = u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX);
    let now = look(world, |state| state.log_time).unwrap_or_default();
    now.after(Span::from_millis(millis.max(1)))
}

/// The order under which a host is to be fenced; none while there is none, or once it is proved.
pub(super) fn fence_order(world: &World, host: &HostId) -> Option<Token> {
    look(world, |state| {
        let order = state.hosts.get(host)?.fence.as_ref()?;
        (!order.is_proved()).then_some(order.token)
    })?
}

/// A person says that a host is off.
pub(super) async fn attest(world: &World, person: &str, host: &HostId, token: Token) {
    let hosts = vec![AttestedHost { host: host.clone(), token }];
    let statement = format!("{host} is dark, its plug is in my hand");
    order(world, person, Command::Attested { hosts, statement }).await;
}

/// What is worked on: rooms, and hosts with their rooms.
fn worked_on(state: &State) -> Vec<(Option<HostId>, RoomId)> {
    let rooms = state.room_maintenance.keys().map(|room| (None, room.clone()));
    let hosts = state.hosts.iter().filter(|(_, record)| record.maintenance.is_some());
    let hosts = hosts.filter_map(|(id, _)| {
        let room = state.estate.as_ref()?.value.hosts.get(id)?.room.clone();
        Some((Some(id.clone()), room))
    });
    rooms.chain(hosts).collect()
}

/// Runs that a person holds.
fn held_runs(state: &State) -> Vec<RunId> {
    let held = state.running_runs().filter(|run| run.is_paused(state.log_time));
    held.map(|run| run.id).collect()
}

/// All is over: the brakes are let go, the work is ended, the questions are answered.
pub(super) async fn settle(world: &World) {
    if look(world, |state| state.pause.is_some()).unwrap_or(false) {
        order(world, MARIE, Command::Resumed).await;
    }
    for (host, room) in look(world, worked_on).unwrap_or_default() {
        let (until, reason) = (LogTime::default(), "the work is done".to_owned());
        order(world, PAUL, Command::MaintenanceSet { host, room, until, reason }).await;
    }
    for run in look(world, held_runs).unwrap_or_default() {
        order(world, MARIE, Command::RunResumed { run }).await;
    }
    let taken_over = look(world, |state| state.held.keys().copied().collect::<Vec<_>>());
    for incident in taken_over.unwrap_or_default() {
        for person in [MARIE, PAUL] {
            order(world, person, Command::IncidentApproved { incident }).await;
        }
    }
    for asked in questions(world) {
        for person in [MARIE, PAUL] {
            order(world, person, asked.yes(Some(ALL_MAY_BE_LOST))).await;
        }
    }
}
