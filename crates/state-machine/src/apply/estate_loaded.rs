//! The estate, the policy and the runbooks are pinned.

use std::collections::BTreeMap;

use model::era::Token;
use model::estate::Estate;
use model::id::IncidentId;
use model::incident::Phase;
use model::policy::Policy;

use super::{asking, incident_opened, kept_marks};
use crate::rejection::Rejection;
use crate::state::{Admission, HostRecord, Pinned, State, VmRecord};
use crate::takers;

pub(super) fn apply(
    state: &mut State,
    estate: &Pinned<Estate>,
    policy: &Pinned<Policy>,
    runbooks: &[Pinned<runbook::Runbook>],
) -> Result<(), Rejection> {
    let hashes = [&estate.hash, &policy.hash].into_iter().chain(runbooks.iter().map(|r| &r.hash));
    for hash in hashes {
        if !is_sha256_hex(hash) {
            return Err(Rejection::StalePlan {
                reason: format!("`{hash}` is not a SHA-256 in hexadecimal"),
            });
        }
    }
    no_run_under_way(state)?;
    for (id, vm) in &estate.value.vms {
        if !estate.value.hosts.contains_key(&vm.home) {
            return Err(Rejection::NoSuch {
                kind: format!("host (home of VM {id})"),
                id: vm.home.to_string(),
            });
        }
    }
    keep_what_might_run(state, &estate.value)?;
    kept_marks::kept(state, &estate.value)?;

    state.raise_epoch();
    let token = state.token();
    state.put_aside(&estate.value);
    takers::note_those_who_join(state, &estate.value);
    take_in_hosts(state, &estate.value, token);
    place_vms(state, &estate.value, token);
    state.retain_copies(&estate.value);
    state.estate = Some(estate.clone());
    state.name_members_in_estate();
    let State { observations, estate: pinned, .. } = &mut *state;
    if let Some(pinned) = pinned {
        observations.retain(|target, _| target.is_of(&pinned.value));
    }
    state.policy = Some(policy.clone());
    close_incidents_of_what_left(state);
    asking::all(state);
    state.runbooks = runbooks.iter().map(|r| (r.value.name.clone(), r.clone())).collect();
    Ok(())
}

fn is_sha256_hex(hash: &str) -> bool {
    hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// A run pins its estate: an estate that changes under it would make its steps lie.
fn no_run_under_way(state: &State) -> Result<(), Rejection> {
    match state.running_runs().next() {
        Some(run) => Err(Rejection::Braked {
            reason: format!("{} is under way with the estate that it pinned", run.id),
        }),
        None => Ok(()),
    }
}

/// A host that leaves the estate must not take with it the knowledge that a VM which stays, or
/// comes back, might be running there: the next start elsewhere would not ask for a proof (S1).
fn keep_what_might_run(state: &State, estate: &Estate) -> Result<(), Rejection> {
    for (id, vm) in state.vms.iter().chain(&state.departed.vms) {
        if !estate.vms.contains_key(id) {
            continue;
        }
        for (host, placed) in &vm.might_run_on {
            if !estate.hosts.contains_key(host) {
                return Err(Rejection::NotFenced {
                    vm: id.clone(),
                    host: host.clone(),
                    placed: *placed,
                });
            }
        }
    }
    Ok(())
}

/// The hosts of the first estate are let in as they are. One that joins or comes back later is in
/// quarantine like any other that comes back (S7): nobody knows what it does.
fn take_in_hosts(state: &mut State, estate: &Estate, token: Token) {
    let later = state.estate.is_some();
    for id in estate.hosts.keys() {
        if state.hosts.contains_key(id) {
            continue;
        }
        let back = state.departed.hosts.remove(id).map(|mut record| {
            // The set that it has in force may be of any estate before.
            let takers = takers::could_take(estate).remove(id);
            record.perhaps_does_not_ask.extend(takers.into_iter().flatten());
            record
        });
        let record = back.unwrap_or_else(|| HostRecord {
            admitted: (!later).then(|| Admission { token, boot: String::new() }),
            perhaps_not_asked: later,
            ..HostRecord::default()
        });
        state.hosts.insert(id.clone(), record);
    }
}

/// A VM that is new is taken to run at its home. One that comes back is where it was; and if that
/// host has left, its home is where it is missed.
fn place_vms(state: &mut State, estate: &Estate, token: Token) {
    for (id, vm) in &estate.vms {
        if !state.vms.contains_key(id) {
            let record = state.departed.vms.remove(id).unwrap_or_else(|| VmRecord {
                placed: Some((vm.home.clone(), token)),
                might_run_on: BTreeMap::from([(vm.home.clone(), token)]),
                ..VmRecord::default()
            });
            state.vms.insert(id.clone(), record);
        }
        let Some(record) = state.vms.get_mut(id) else { continue };
        if record.placed.as_ref().is_some_and(|(host, _)| !estate.hosts.contains_key(host)) {
            let perhaps = record.might_run_on.iter().max_by_key(|(_, placed)| **placed);
            let (host, placed) = perhaps.unwrap_or((&vm.home, &token));
            record.placed = Some((host.clone(), *placed));
        }
    }
}

/// What is no longer there is neither lost nor found again: its incident would stay for ever.
fn close_incidents_of_what_left(state: &mut State) {
    let left: Vec<(IncidentId, String)> = state
        .open_incidents()
        .filter_map(|open| {
            let why = incident_opened::exists(state, &open.cause).err()?;
            Some((open.id, format!("the estate that was loaded no longer has it: {why}")))
        })
        .collect();
    let now = state.log_time;
    for (id, why) in left {
        if let Some(incident) = state.incidents.get_mut(&id) {
            incident.phase = Phase::Closed;
            incident.ended_at = Some(now);
            incident.end_reason = Some(why);
        }
    }
}
