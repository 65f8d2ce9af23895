//! The people at the console: what they order goes through the log like everything else, in
//! their name, and only while somebody leads.

use std::time::Duration;

use model::id::{HostId, IncidentId, RoomId};
use model::policy::Autonomy;
use model::time::LogTime;
use model::units::Span;
use state_machine::{Command, State};

use crate::node;
use crate::world::World;

/// A person waits no longer for the console to answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// The two who are on duty.
pub(super) const MARIE: &str = "marie";
pub(super) const PAUL: &str = "paul";

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

/// The open incidents of which the policy asks a person and that still wait for one.
pub(super) fn questions(world: &World) -> Vec<IncidentId> {
    let asked = look(world, |state| {
        let policy = state.policy.as_ref();
        let asks = |incident: &&model::incident::Incident| {
            policy.is_some_and(|policy| {
                policy.value.class(incident.cause.class()).autonomy == Autonomy::Ask
            })
        };
        let open = state.open_incidents().filter(asks);
        let waits = |id: &IncidentId| !state.is_approved(*id, state.log_time);
        open.map(|incident| incident.id).filter(waits).collect()
    });
    asked.unwrap_or_default()
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

/// All is over: the brakes are let go, the work is ended, the questions are answered.
pub(super) async fn settle(world: &World) {
    if look(world, |state| state.pause.is_some()).unwrap_or(false) {
        order(world, MARIE, Command::Resumed).await;
    }
    for (host, room) in look(world, worked_on).unwrap_or_default() {
        let (until, reason) = (LogTime::default(), "the work is done".to_owned());
        order(world, PAUL, Command::MaintenanceSet { host, room, until, reason }).await;
    }
    for incident in questions(world) {
        for person in [MARIE, PAUL] {
            order(world, person, Command::IncidentApproved { incident }).await;
        }
    }
}
