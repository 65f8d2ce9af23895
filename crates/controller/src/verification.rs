//! Is it done? Seen through a second channel, never by an order's own answer (S5).

use model::action::Action;
use model::id::{HostId, RoomId, RunId, StorageLayerId, VmId};
use model::manual::{ManualEvidence, ManualTask};
use model::observation::{Detail, Status, Target};
use model::plan::PlannedItem;
use model::seeded_bug::{SeededBug, seeded_bug};
use model::step::{ItemRef, StepKey};
use model::time::LogTime;
use runbook::{ProbeValue, Verify};
use state_machine::{Approval, ItemRecord, Observed, Question, State};

/// What a second channel says of an item under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// The post-condition holds; what was seen.
    Done(String),
    /// The target says that there is no effect.
    Absent,
    /// Not yet, or nobody knows.
    NotYet,
}

/// What is seen of an item. `fresh_from`: word from before does not count as absence.
pub(crate) fn check(
    state: &State,
    run: RunId,
    planned: &PlannedItem,
    record: &ItemRecord,
    verify: Option<&Verify>,
    fresh_from: LogTime,
) -> Check {
    let own = match &planned.action {
        Action::Approval { quorum, .. } => approved(state, run, &planned.item, *quorum),
        Action::Manual(task) => done_by_hand(state, run, &planned.item, task),
        action => {
            let key = StepKey { era: state.era, run, item: planned.item.clone() };
            post_condition(state, action, &key, record, fresh_from)
        }
    };
    match (verify, own) {
        (None, own) => own,
        // What `apply` demands of fences and starts holds whatever the runbook's own words say.
        (Some(verify), Check::Done(seen)) => {
            expression(state, planned, verify, Some(seen), fresh_from)
        }
        (Some(verify), own @ (Check::Absent | Check::NotYet)) => match planned.action {
            // So does what persons must say of their own work.
            Action::FenceHost { .. }
            | Action::VmStart { .. }
            | Action::VmStartFromCopy { .. }
            | Action::Manual(_) => own,
            _ => expression(state, planned, verify, None, fresh_from),
        },
    }
}

fn post_condition(
    state: &State,
    action: &Action,
    key: &StepKey,
    record: &ItemRecord,
    fresh_from: LogTime,
) -> Check {
    match action {
        Action::FenceHost { host } => fence(state, host),
        Action::VmStart { vm, host } | Action::VmStartFromCopy { vm, host } => {
            vm_started(state, (vm, host), key, record, fresh_from)
        }
        Action::VmStop { vm, host } => vm_stopped(state, vm, host, fresh_from),
        Action::StorageConfirmSide { layer, room } => {
            // Seeded bug `side-not-confirmed`.
            if seeded_bug(SeededBug::SideNotConfirmed) {
                return Check::Done("nobody looked".to_owned());
            }
            // Seeded bug `any-side-confirms`.
            if seeded_bug(SeededBug::AnySideConfirms)
                && let Some(done) = any_side(state, layer, fresh_from)
            {
                return done;
            }
            let target = Target::StorageSide { layer: layer.clone(), room: room.clone() };
            up(state, &target, fresh_from)
        }
        Action::ServiceCheck { service } => {
            up(state, &Target::Service { service: service.clone() }, fresh_from)
        }
        Action::Approval { .. } | Action::Manual(_) => Check::NotYet,
    }
}

/// Whether so many distinct persons have let the run go on, and their word counts.
fn approved(state: &State, run: RunId, item: &ItemRef, quorum: u32) -> Check {
    let key = StepKey { era: state.era, run, item: item.clone() };
    let asked = state.approval(&Question::Step { key });
    let Some(approval) = asked.filter(|asked| asked.given(state.log_time) >= quorum) else {
        return Check::NotYet;
    };
    let names: Vec<&str> =
        approval.counted(state.log_time).map(|yes| yes.person.as_str()).collect();
    let loss = approval
        .loss_named(state.log_time)
        .map(|loss| format!(", who accept to lose up to {loss}"))
        .unwrap_or_default();
    Check::Done(format!("approved by {}{loss}", names.join(" and ")))
}

/// Whether so many distinct persons say that they did it, and what they show.
fn done_by_hand(state: &State, run: RunId, item: &ItemRef, task: &ManualTask) -> Check {
    let key = StepKey { era: state.era, run, item: item.clone() };
    let asked = state.approval(&Question::Step { key });
    let enough = |said: &&Approval| said.given(state.log_time) >= task.quorum.max(1);
    let Some(said) = asked.filter(enough) else { return Check::NotYet };
    let each: Vec<String> = said
        .counted(state.log_time)
        .map(|yes| {
            let shown = yes.evidence.as_ref().map(ManualEvidence::words).unwrap_or_default();
            let shown = if shown.is_empty() { shown } else { format!(": {shown}") };
            format!("{}{shown}", yes.person)
        })
        .collect();
    Check::Done(format!("done by {}", each.join(" and by ")))
}

fn fence(state: &State, host: &HostId) -> Check {
    let order = state.hosts.get(host).and_then(|record| record.fence.as_ref());
    // Seeded bug `fence-done-when-ordered`.
    if seeded_bug(SeededBug::FenceDoneWhenOrdered) && order.is_some() {
        return Check::Done("the fence is ordered".to_owned());
    }
    match order.and_then(|order| order.proofs.first()) {
        Some(proof) => {
            Check::Done(format!("rung {} proved at token {}", proof.evidence.rung(), proof.token))
        }
        None => Check::NotYet,
    }
}

fn vm_started(
    state: &State,
    (vm, host): (&VmId, &HostId),
    key: &StepKey,
    record: &ItemRecord,
    fresh_from: LogTime,
) -> Check {
    let target = Target::Vm { vm: vm.clone(), host: host.clone() };
    let mut runs = false;
    let mut stopped = false;
    for (room, seen) in state.seen(&target) {
        if record.is_shown_started_by(key, seen) {
            let under = match &seen.detail {
                Detail::Vm { token: Some(token), .. } => format!(" under token {token}"),
                _ => String::new(),
            };
            return Check::Done(format!(
                "seen from room {room}: runs on host {host}{under}, the guest has shown that it \
                 executes"
            ));
        }
        match seen.status {
            Status::Up => runs = true,
            Status::Down if counts(state, room, seen, fresh_from) => stopped = true,
            _ => {}
        }
    }
    let never_heard_of = state.seen(&target).next().is_none();
    if !runs && (stopped || never_heard_of) && agent_answers(state, host, fresh_from) {
        Check::Absent
    } else {
        Check::NotYet
    }
}

fn vm_stopped(state: &State, vm: &VmId, host: &HostId, fresh_from: LogTime) -> Check {
    let target = Target::Vm { vm: vm.clone(), host: host.clone() };
    let mut seen =
        state.seen(&target).filter(|(room, seen)| counts(state, room, seen, fresh_from)).peekable();
    let any = seen.peek().is_some();
    if any && seen.all(|(_, seen)| seen.status == Status::Down) {
        Check::Done(format!("the agent of host {host} says that VM {vm} is stopped"))
    } else {
        Check::NotYet
    }
}

/// Whether a sight is news: said since a debounce after the leader's start, by a room that the
/// leader still hears. A dead room's last words are nobody's to take back.
fn counts(state: &State, room: &RoomId, seen: &Observed, fresh_from: LogTime) -> bool {
    seen.heard_at >= fresh_from && state.word_counts(room, seen)
}

fn agent_answers(state: &State, host: &HostId, fresh_from: LogTime) -> bool {
    let target = Target::Host { host: host.clone() };
    state
        .seen(&target)
        .any(|(room, seen)| seen.status == Status::Up && counts(state, room, seen, fresh_from))
}

/// The seeded bug `any-side-confirms`.
fn any_side(state: &State, layer: &StorageLayerId, fresh_from: LogTime) -> Option<Check> {
    let estate = &state.estate.as_ref()?.value;
    estate.rooms.keys().find_map(|room| {
        let target = Target::StorageSide { layer: layer.clone(), room: room.clone() };
        let said = up(state, &target, fresh_from);
        matches!(said, Check::Done(_)).then_some(said)
    })
}

/// Seen up by somebody, and by nobody as down.
fn up(state: &State, target: &Target, fresh_from: LogTime) -> Check {
    let mut found = None;
    for (room, seen) in
        state.seen(target).filter(|(room, seen)| counts(state, room, seen, fresh_from))
    {
        match seen.status {
            Status::Up => {
                found.get_or_insert_with(|| format!("seen from room {room}: {}", seen.evidence));
            }
            Status::Down => return Check::NotYet,
            Status::Unknown => {}
        }
    }
    found.map_or(Check::NotYet, Check::Done)
}

fn expression(
    state: &State,
    planned: &PlannedItem,
    verify: &Verify,
    own: Option<String>,
    fresh_from: LogTime,
) -> Check {
    match verify.holds(&planned.item.item, &probes(state, planned, fresh_from)) {
        Ok(verified) if verified.holds => {
            let read: Vec<String> = verified
                .read
                .iter()
                .map(|probe| format!("{} ok={} known={}", probe.target, probe.ok, probe.known))
                .collect();
            let own = own.map(|own| format!("{own}; ")).unwrap_or_default();
            Check::Done(format!("{own}{} holds: {}", verify.text(), read.join(", ")))
        }
        _ => Check::NotYet,
    }
}

/// The probes that an expression may read: all but the VMs of other items, of which there may be
/// thousands.
fn probes(state: &State, planned: &PlannedItem, fresh_from: LogTime) -> Vec<ProbeValue> {
    let own_vm = match &planned.action {
        Action::VmStart { vm, .. }
        | Action::VmStartFromCopy { vm, .. }
        | Action::VmStop { vm, .. } => Some(vm),
        _ => None,
    };
    state
        .observations
        .iter()
        .filter(|(target, _)| match target {
            Target::Vm { vm, .. } => own_vm == Some(vm),
            _ => true,
        })
        .map(|(target, rooms)| {
            let word: Vec<Status> = rooms
                .iter()
                .filter(|(room, seen)| counts(state, room, seen, fresh_from))
                .map(|(_, seen)| seen.status)
                .collect();
            ProbeValue {
                target: target.to_string(),
                ok: word.contains(&Status::Up) && !word.contains(&Status::Down),
                known: word.iter().any(|status| *status != Status::Unknown),
            }
        })
        .collect()
}
