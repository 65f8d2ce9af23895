//! How things stand, from the replicated state.

use std::collections::{BTreeMap, BTreeSet};

use model::date::Date;
use model::estate::Estate;
use model::id::{CheckId, ControllerId};
use model::observation::{Status, Target};
use model::policy::{Policy, ReadinessCheck};
use model::time::LogTime;
use model::units::Span;
use planning::readiness::{CheckFinding, MadeFrom, Now, Situation};
use state_machine::{Intended, State};

/// What a proof is made from now; none before an estate is loaded.
pub(super) fn made_from(state: &State) -> Option<MadeFrom> {
    Some(MadeFrom {
        estate: state.estate.as_ref()?.hash.clone(),
        policy: state.policy.as_ref()?.hash.clone(),
        runbooks: state.runbooks.values().map(|book| book.hash.clone()).collect(),
    })
}

/// How things stand at this log time, on this day.
pub(super) fn now(state: &State, log_now: LogTime, today: Date) -> Option<Now> {
    let (estate, policy) = (&state.estate.as_ref()?.value, &state.policy.as_ref()?.value);
    let vms = state.vms.iter();
    let runs_on = vms.filter_map(|(id, vm)| Some((id.clone(), vm.placed.as_ref()?.0.clone())));
    let wanted = state.vms.iter().filter(|(_, vm)| {
        let worked_on = vm.maintenance.as_ref().is_some_and(|work| work.until > log_now);
        vm.intended == Intended::Running && !worked_on
    });
    let hosts = || state.hosts.iter();
    let fenced = hosts().filter(|(_, h)| h.fence.as_ref().is_some_and(|f| f.is_proved()));
    let silent = silent_controllers(state, estate);
    Some(Now {
        runs_on: runs_on.collect(),
        wanted: wanted.map(|(id, _)| id.clone()).collect(),
        admitted: state.admitted_hosts().into_iter().cloned().collect(),
        fenced: fenced.map(|(id, _)| id.clone()).collect(),
        armed: hosts().filter(|(_, h)| h.armed.is_some()).map(|(id, _)| id.clone()).collect(),
        copies: controller::copies(state),
        checks: checks(state, estate, policy, &silent, log_now),
        silent_controllers: silent,
        today,
    })
}

/// The whole situation.
pub(super) fn situation(state: &State, now: Now) -> Option<Situation> {
    let runbooks = state.runbooks.iter();
    Some(Situation {
        estate: state.estate.as_ref()?.value.clone(),
        policy: state.policy.as_ref()?.value.clone(),
        runbooks: runbooks.map(|(name, book)| (name.clone(), book.value.clone())).collect(),
        now,
    })
}

/// The same without how long ago things were: what must be equal for a proof to be the same.
pub(super) fn without_ages(mut now: Now) -> Now {
    for check in now.checks.values_mut() {
        check.last_success_ago = None;
    }
    // A copy's age moves with every look; who may open it is asked again every minute.
    now.copies.lost.clear();
    now
}

/// Those that somebody else has looked for and nobody else hears.
fn silent_controllers(state: &State, estate: &Estate) -> BTreeSet<ControllerId> {
    let silent = |room: &model::id::RoomId, controller: ControllerId| {
        let target = Target::Controller { controller };
        let mut from_elsewhere = state.seen(&target).filter(|(from, _)| *from != room).peekable();
        from_elsewhere.peek().is_some() && from_elsewhere.all(|(_, seen)| seen.status != Status::Up)
    };
    let rooms = estate.rooms.iter();
    rooms
        .filter(|(id, room)| silent(id, room.controller))
        .map(|(_, room)| room.controller)
        .collect()
}

/// What was last found of each check, by the controller of its room. Of a controller that is silent
/// nobody knows what it would find.
fn checks(
    state: &State,
    estate: &Estate,
    policy: &Policy,
    silent: &BTreeSet<ControllerId>,
    log_now: LogTime,
) -> BTreeMap<CheckId, CheckFinding> {
    let found = |(id, check): (&CheckId, &ReadinessCheck)| {
        let target = Target::ReadinessCheck { check: id.clone() };
        let (_, seen) = state.seen(&target).find(|(from, _)| **from == check.room)?;
        let controller = estate.rooms.get(&check.room)?.controller;
        let ago = |at: LogTime| log_now.since(at);
        let finding = if silent.contains(&controller) {
            CheckFinding {
                status: Status::Unknown,
                says: format!("{controller} does not answer"),
                last_success_ago: seen.last_up.map(ago),
            }
        } else {
            // Only changes enter the log: what is well was well at the last look.
            let last = match seen.status {
                Status::Up => Some(ago(seen.heard_at).min(check.every)),
                _ => seen.last_up.map(ago),
            };
            let last_success_ago = last.map(whole_seconds);
            CheckFinding { status: seen.status, says: seen.evidence.clone(), last_success_ago }
        };
        Some((id.clone(), finding))
    };
    policy.readiness_checks.iter().filter_map(found).collect()
}

fn whole_seconds(span: Span) -> Span {
    Span::from_secs(span.as_millis() / 1000)
}
