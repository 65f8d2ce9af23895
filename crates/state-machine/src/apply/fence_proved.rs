//! A rung proves.

use std::collections::BTreeSet;

use model::fence::{FenceEvidence, FenceProof};
use model::id::{HostId, PersonId};
use model::observation::{Status, Target};
use model::seeded_bug::{SeededBug, seeded_bug};
use model::units::Span;

use super::premise;
use crate::attestation::PERSONS_NEEDED;
use crate::rejection::Rejection;
use crate::state::{CoveredBy, FenceOrder, State};

/// "Off" counts when read so often after the order.
const POWER_READS: u32 = 2;
/// A management controller may still be carrying out the order at the first reading.
const POWER_READS_APART: Span = Span::from_millis(500);

pub(super) fn apply(state: &mut State, proof: &FenceProof) -> Result<(), Rejection> {
    let host = &proof.target;
    let record = premise::host(state, host)?;
    let order = record.fence.as_ref().filter(|order| {
        // Seeded bug `older-proof`: what an earlier order's ladder proved counts for this one.
        order.token == proof.token
            || (seeded_bug(SeededBug::OlderProof) && proof.token < order.token)
    });
    let Some(order) = order else {
        return Err(Rejection::NoFenceOrder { host: host.clone(), token: proof.token });
    };
    let estate = premise::estate(state)?;
    let Some(definition) = estate.hosts.get(host) else {
        return Err(premise::no_such("host", host));
    };
    let rung = proof.evidence.rung();
    // The order of an era is no rung that an estate could have or lack.
    let of_the_era = matches!(proof.evidence, FenceEvidence::EraOrder { .. });
    if !definition.rungs.contains(&rung) && !of_the_era {
        return Err(no_proof(format!("host {host} has no rung `{rung}` in the estate")));
    }
    follows(state, order, proof)?;

    let first = !order.is_proved();
    let again = order.proofs.iter().any(|known| known.evidence.rung() == rung);
    let at = state.log_time;
    if let Some(order) = state.hosts.get_mut(host).and_then(|record| record.fence.as_mut())
        && !again
    {
        order.proofs.push(FenceProof { at, ..proof.clone() });
    }
    if first {
        // Nothing executes or writes there under a token up to the proof's: the VMs that might
        // have been running on it no longer do.
        for vm in state.every_vm_mut() {
            if vm.might_run_on.get(host).is_some_and(|placed| *placed <= proof.token) {
                vm.might_run_on.remove(host);
            }
        }
        // Seeded bug `placement-forgotten`: one host's proof speaks for the others of its room.
        if seeded_bug(SeededBug::PlacementForgotten) {
            forget_neighbours(state, host);
        }
    }
    Ok(())
}

/// The seeded bug `placement-forgotten`.
fn forget_neighbours(state: &mut State, host: &HostId) {
    let Some(estate) = state.estate.as_ref().map(|pinned| &pinned.value) else { return };
    let Some(room) = estate.hosts.get(host).map(|host| host.room.clone()) else { return };
    let neighbours: BTreeSet<HostId> = estate.hosts_in(&room).map(|(id, _)| id.clone()).collect();
    for vm in state.vms.values_mut() {
        vm.might_run_on.retain(|on, _| !neighbours.contains(on));
    }
}

fn no_proof(reason: String) -> Rejection {
    Rejection::NoProof { reason }
}

/// Whether the proof follows from its own evidence and from what the log knows.
fn follows(state: &State, order: &FenceOrder, proof: &FenceProof) -> Result<(), Rejection> {
    let host = &proof.target;
    match &proof.evidence {
        FenceEvidence::PowerOff { reads, apart_ms, .. } => {
            // Seeded bug `power-read-once`: one reading is enough.
            let too_few = *reads < POWER_READS || *apart_ms < POWER_READS_APART.as_millis();
            if too_few && !seeded_bug(SeededBug::PowerReadOnce) {
                return Err(no_proof(format!(
                    "power was read as off {reads} times within {apart_ms} ms; {POWER_READS} \
                     times at least {POWER_READS_APART} apart are needed"
                )));
            }
            premise::rooms_have_spoken(state)?;
            no_sign_of_life(state, order, host)
        }
        FenceEvidence::StorageCut { unmapped_on, uplink_closed } => {
            premise::rooms_have_spoken(state)?;
            if state.is_heard(host) {
                return Err(no_proof(format!(
                    "the agent of host {host} still answers: its VMs execute, whether or not \
                     their disks do"
                )));
            }
            if let Some(reason) = state.is_beyond_arrays(host) {
                return Err(no_proof(reason));
            }
            for array in state.arrays_that_could_serve(host) {
                if !unmapped_on.iter().any(|name| name == array.as_str()) {
                    return Err(no_proof(format!(
                        "array {array} could still serve host {host} and was not read back as \
                         unmapped"
                    )));
                }
            }
            if uplink_closed.trim().is_empty() {
                return Err(no_proof(format!(
                    "no uplink was read back as closed: clients could still reach host {host}"
                )));
            }
            Ok(())
        }
        FenceEvidence::LeaseExpired { withheld_by, waited_ms, required_ms } => {
            lease_ran_out(state, order, proof, withheld_by, *waited_ms, *required_ms)
        }
        FenceEvidence::Attested { by, .. } => {
            premise::rooms_have_spoken(state)?;
            enough_attest(state, host, by)
        }
        FenceEvidence::EraOrder { order: hash, waited_ms, by_statement } => {
            ordered_with_the_era(state, order, host, (hash, *waited_ms, *by_statement))
        }
    }
}

/// The signatures and the wait were checked when the era was opened; here it must be that era,
/// that wait, and a host that the order covers in the way that is claimed.
fn ordered_with_the_era(
    state: &State,
    order: &FenceOrder,
    host: &HostId,
    (hash, waited_ms, by_statement): (&str, u64, bool),
) -> Result<(), Rejection> {
    let Some(opened) = state.opened.as_ref().filter(|opened| opened.order == hash) else {
        return Err(no_proof(format!("no order with hash {hash} opened this era")));
    };
    if order.token != opened.token || waited_ms != opened.waited_ms {
        return Err(no_proof(format!("the era's order is not what fenced host {host}")));
    }
    let claimed = if by_statement { CoveredBy::Statement } else { CoveredBy::Wait };
    if opened.hosts.get(host) != Some(&claimed) {
        return Err(no_proof(format!("the era's order does not cover host {host} in this way")));
    }
    premise::rooms_have_spoken(state)?;
    if let Some(sign) = state.life_against(host, claimed) {
        return Err(no_proof(format!("{sign}, whatever was stated when the era was opened")));
    }
    Ok(())
}

/// Who is named has attested under this order, and nothing has been heard of the host since.
fn enough_attest(state: &State, host: &HostId, by: &[PersonId]) -> Result<(), Rejection> {
    let persons: BTreeSet<&PersonId> = by.iter().collect();
    if persons.len() < PERSONS_NEEDED {
        return Err(no_proof("two distinct persons are needed".to_owned()));
    }
    if let Some(sign) = state.sign_of_life(host) {
        return Err(no_proof(format!("{sign}, whatever persons attest")));
    }
    let counted = state.counted_attestations(host);
    for person in &persons {
        if !counted.iter().any(|known| known.by == **person) {
            return Err(no_proof(format!(
                "{person} has not attested host {host} under this order, or before its last sign \
                 of life"
            )));
        }
    }
    Ok(())
}

/// "Off" is a lie when the host itself is heard, or was heard after the order. A host that was
/// heard all along has told nothing new since the order: its silence must have been told.
fn no_sign_of_life(state: &State, order: &FenceOrder, host: &HostId) -> Result<(), Rejection> {
    if state.is_heard(host) {
        return Err(no_proof(format!(
            "the agent of host {host} still answers, whatever its management controller says"
        )));
    }
    let target = Target::Host { host: host.clone() };
    for (vantage, seen) in state.seen(&target) {
        if seen.status == Status::Up && seen.since > order.at {
            return Err(no_proof(format!(
                "host {host} was heard from room {vantage} after the order, whatever its \
                 management controller says"
            )));
        }
    }
    Ok(())
}

fn lease_ran_out(
    state: &State,
    order: &FenceOrder,
    proof: &FenceProof,
    withheld_by: &HostId,
    waited_ms: u64,
    required_ms: u64,
) -> Result<(), Rejection> {
    let host = &proof.target;
    let policy = premise::policy(state)?.lease;
    let Some(armed) = premise::host(state, host)?.armed.as_ref() else {
        return Err(no_proof(format!("host {host} is not armed: its lease resets nothing")));
    };
    if armed.watchdog > policy.watchdog {
        return Err(no_proof(format!(
            "the watchdog of host {host} fires after {}, the wait counts on {}",
            armed.watchdog, policy.watchdog
        )));
    }
    // Seeded bug `withholding-not-required`: the wait alone proves.
    if seeded_bug(SeededBug::WithholdingNotRequired) {
        return Ok(());
    }
    let Some(withheld) = order.withheld.iter().find(|withheld| withheld.by == *withheld_by) else {
        return Err(no_proof(format!(
            "host {withheld_by} has not withheld: a lease alone is none"
        )));
    };
    let least = policy.wait();
    if required_ms < least.as_millis() || waited_ms < required_ms {
        return Err(no_proof(format!("{waited_ms} ms were waited, {least} are needed")));
    }
    // The log's own clock must bear the wait out: no leader can have waited longer than it leads,
    // nor for longer than since the last promise ended and the watchdog was armed.
    let ready = withheld.at.after(withheld.promise_ends_in).max(armed.since);
    let began = state.leader.as_ref().map_or(ready, |leader| leader.at.max(ready));
    // Seeded bug `wait-not-restarted`: what an earlier leader waited counts.
    if seeded_bug(SeededBug::WaitNotRestarted) {
        return Ok(());
    }
    if state.log_time.since(began) < least {
        return Err(no_proof(format!(
            "by the log only {} have passed since the leader started, the promise ended and the \
             watchdog was armed, {least} are needed",
            state.log_time.since(began)
        )));
    }
    Ok(())
}
