//! Debounced changes seen by one controller.

use std::collections::BTreeMap;

use model::era::Token;
use model::id::{HostId, RoomId, VmId};
use model::observation::{Detail, Observation, Status, Target};
use model::seeded_bug::{SeededBug, seeded_bug};
use model::time::LogTime;

use super::premise;
use crate::rejection::Rejection;
use crate::state::{Armed, Intended, Observed, State};

/// What a host's agent answered, as far as it seals: (vantage, host) and the token below which
/// it refuses.
type Seals<'a> = BTreeMap<(&'a RoomId, &'a HostId), Token>;

pub(super) fn apply(state: &mut State, observations: &[Observation]) -> Result<(), Rejection> {
    let estate = premise::estate(state)?;
    // A room may still probe what a newer estate no longer has: that is passed over.
    let known: Vec<&Observation> = observations
        .iter()
        .filter(|o| o.target.is_of(estate) && estate.rooms.contains_key(&o.vantage))
        .collect();
    if let Some(stranger) = observations.first().filter(|_| known.is_empty()) {
        return Err(premise::no_such("target", &stranger.target));
    }
    let seals = seals(&known);
    for observation in &known {
        if let (Target::Host { host }, Status::Up) = (&observation.target, observation.status) {
            host_answered(state, host, &observation.detail);
        }
    }
    for observation in &known {
        if let Target::Vm { vm, host } = &observation.target {
            vm_seen(state, vm, host, observation, &seals);
        }
        state.note_copies(observation);
        record(state, observation);
    }
    Ok(())
}

/// For how many milliseconds a change of this target was seen before it was believed.
fn doubted_for(state: &State, target: &Target) -> u64 {
    let watch = state.policy.as_ref().map(|policy| policy.value.watch).unwrap_or_default();
    let doubted = match target {
        Target::Vm { .. } => watch.probe_every,
        _ => watch.debounce_time(),
    };
    doubted.as_millis()
}

fn record(state: &mut State, observation: &Observation) {
    let now = state.log_time;
    let known = state.observations.get(&observation.target);
    let before = known.and_then(|rooms| rooms.get(&observation.vantage));
    let since = match before {
        Some(before) if before.status == observation.status => before.since,
        _ => now,
    };
    let last_up = match (observation.status, before) {
        (Status::Up, _) => Some(now),
        // It was up until before the results that had to be equal to be believed.
        (_, Some(before)) if before.status == Status::Up => {
            Some(LogTime(now.0.saturating_sub(doubted_for(state, &observation.target))))
        }
        (_, Some(before)) => before.last_up,
        (_, None) => None,
    };
    state.observations.entry(observation.target.clone()).or_default().insert(
        observation.vantage.clone(),
        Observed {
            status: observation.status,
            since,
            heard_at: now,
            last_up,
            evidence: observation.evidence.clone(),
            detail: observation.detail.clone(),
        },
    );
}

fn seals<'a>(known: &[&'a Observation]) -> Seals<'a> {
    known
        .iter()
        .filter(|o| o.status == Status::Up)
        .filter_map(|o| match (&o.target, &o.detail) {
            (Target::Host { host }, Detail::Host { sealed: true, accepted, .. }) => {
                Some(((&o.vantage, host), *accepted))
            }
            _ => None,
        })
        .collect()
}

fn host_answered(state: &mut State, host: &HostId, detail: &Detail) {
    let Detail::Host { boot, armed, arming, .. } = detail else { return };
    let watchdog = state
        .estate
        .as_ref()
        .and_then(|estate| estate.value.hosts.get(host))
        .and_then(|host| host.watchdog)
        .map(|watchdog| watchdog.timeout);
    let since = state.log_time;
    let Some(record) = state.hosts.get_mut(host) else { return };

    // A room that is late may still tell of the boot before this one.
    if !boot.is_empty() && record.former_boot.as_ref() != Some(boot) {
        if let Some(former) = record.boot.replace(boot.clone()).filter(|former| former != boot) {
            record.former_boot = Some(former);
        }
        match &mut record.admitted {
            Some(admission) if admission.boot.is_empty() => admission.boot.clone_from(boot),
            // S7: it has rebooted. What ran there is gone, and what it starts by itself is
            // nobody's: it waits for an admission.
            Some(admission) if admission.boot != *boot => {
                // Seeded bug `boot-not-compared`: the new boot is taken for the admitted one.
                if seeded_bug(SeededBug::BootNotCompared) {
                    admission.boot.clone_from(boot);
                } else {
                    record.admitted = None;
                }
            }
            _ => {}
        }
    }
    let current = boot.is_empty() || record.boot.as_ref() == Some(boot);
    match (armed, watchdog) {
        // A room that is late may still tell of a watchdog as it was before the last order, or in
        // a former boot.
        (true, Some(watchdog))
            if current
                && record.armed.is_none()
                && !record.disarmed
                && *arming >= record.arming =>
        {
            record.armed = Some(Armed { watchdog, since, boot: boot.clone() });
        }
        // A watchdog that is not armed resets nothing, whatever the log said before. But a boot
        // that waits for its admission speaks for itself only: the one that was armed is over.
        (false, _) => {
            let admitted = record.admitted.as_ref().is_some_and(|of| of.boot == *boot);
            let of_another_boot =
                record.armed.as_ref().is_some_and(|of| !of.boot.is_empty() && of.boot != *boot);
            if admitted || !of_another_boot {
                record.armed = None;
            }
        }
        _ => {}
    }
}

fn vm_seen(
    state: &mut State,
    id: &VmId,
    host: &HostId,
    observation: &Observation,
    seals: &Seals<'_>,
) {
    let Detail::Vm { token, stopped_on_purpose, .. } = observation.detail else {
        return;
    };
    let target = &observation.target;
    let before = state.observations.get(target).and_then(|rooms| rooms.get(&observation.vantage));
    let was_stopped_on_purpose = before.is_some_and(|before| {
        before.status == Status::Down
            && matches!(before.detail, Detail::Vm { stopped_on_purpose: true, .. })
    });
    match observation.status {
        Status::Down => {
            let seal = seals.get(&(&observation.vantage, host)).copied();
            if let (Some(seal), Some(vm)) = (seal, state.vms.get_mut(id)) {
                let sealed = vm.sealed.entry(host.clone()).or_default();
                *sealed = seal.max(*sealed);
            }
            // Only the change counts, and only for the start that is in force: what was stopped
            // on purpose before a later start does not stop that start.
            if stopped_on_purpose
                && !was_stopped_on_purpose
                && is_of_current_start(state, id, host, token)
                && let Some(vm) = state.vms.get_mut(id)
            {
                vm.intended = Intended::StoppedOnPurpose;
            }
        }
        Status::Up => {
            executes(state, id, host, token);
            if was_stopped_on_purpose
                && let Some(vm) = state.vms.get_mut(id)
                && vm.placed.as_ref().is_some_and(|(placed, _)| placed == host)
            {
                vm.intended = Intended::Running;
            }
        }
        Status::Unknown => {}
    }
}

fn is_of_current_start(state: &State, id: &VmId, host: &HostId, token: Option<Token>) -> bool {
    let Some((placed_on, placed)) = state.vms.get(id).and_then(|vm| vm.placed.as_ref()) else {
        return false;
    };
    if placed_on != host {
        return false;
    }
    match token {
        Some(token) => token >= *placed,
        // Not started by us: it is the one that was there when the host was admitted.
        None => state
            .hosts
            .get(host)
            .and_then(|host| host.admitted.as_ref())
            .is_some_and(|admission| *placed <= admission.token),
    }
}

/// A VM that is seen executing somewhere might be running there, whoever started it.
fn executes(state: &mut State, id: &VmId, host: &HostId, token: Option<Token>) {
    let current = state.token();
    let Some(record) = state.hosts.get(host) else { return };
    let under = token.unwrap_or_else(|| match &record.admitted {
        Some(admission) => admission.token,
        // A host that booted and is not admitted yet: what runs there without a token came up by
        // itself, after whatever was sealed before the boot.
        None if record.fence.is_none() => current,
        None => Token::default(),
    });
    let proved = record
        .fence
        .as_ref()
        .is_some_and(|order| order.proofs.iter().any(|proof| proof.token >= under));
    let may_start = record.may_start();
    let elsewhere_stopped = state
        .vms
        .get(id)
        .and_then(|vm| vm.placed.as_ref())
        .filter(|(placed, _)| placed != host)
        .is_some_and(|(placed, _)| {
            let there = Target::Vm { vm: id.clone(), host: placed.clone() };
            let mut seen = state.seen(&there).peekable();
            seen.peek().is_some() && seen.all(|(_, seen)| seen.status == Status::Down)
        });
    let moved = elsewhere_stopped && may_start && !state.is_being_started(id);
    let Some(vm) = state.vms.get_mut(id) else { return };
    let sealed = vm.sealed.get(host).is_some_and(|sealed| *sealed > under);
    if proved || sealed {
        // Old news: since then it was proved that nothing executes there under this token.
        return;
    }
    // It may have come there again since: a seal or a proof from before does not cover that.
    let known = vm.might_run_on.entry(host.clone()).or_insert(under);
    *known = under.max(*known);
    let under = *known;
    if moved {
        // Its administrator moved it.
        vm.placed = Some((host.clone(), under));
    }
}
