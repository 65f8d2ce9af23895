//! A person attests that hosts are off.

use model::fence::Rung;
use model::id::{HostId, PersonId};

use super::premise;
use crate::attestation::Attestation;
use crate::command::AttestedHost;
use crate::rejection::Rejection;
use crate::state::State;

/// Longer statements belong elsewhere: they stay in the log and in every snapshot.
const LONGEST_STATEMENT: usize = 4000;

pub(super) fn apply(
    state: &mut State,
    hosts: &[AttestedHost],
    statement: &str,
    person: Option<&PersonId>,
) -> Result<(), Rejection> {
    let person = premise::person(person)?;
    may_attest(state, person)?;
    let statement = statement.trim();
    if statement.is_empty() || statement.len() > LONGEST_STATEMENT {
        return Err(no(format!(
            "an attestation says what was checked and seen, in at most {LONGEST_STATEMENT} bytes"
        )));
    }
    if hosts.is_empty() {
        return Err(no("no host is named".to_owned()));
    }
    premise::rooms_have_spoken(state)?;
    for attested in hosts {
        attestable(state, attested, person)?;
    }
    let at = state.log_time;
    for AttestedHost { host, .. } in hosts {
        let order = state.hosts.get_mut(host).and_then(|record| record.fence.as_mut());
        let Some(order) = order else { continue };
        // What they said before a sign of life counts no more and gives way.
        order.attested.retain(|known| known.by != *person);
        order.attested.push(Attestation {
            by: person.clone(),
            statement: statement.to_owned(),
            at,
        });
    }
    Ok(())
}

fn no(reason: String) -> Rejection {
    Rejection::NoProof { reason }
}

fn may_attest(state: &State, person: &PersonId) -> Result<(), Rejection> {
    let may = &premise::policy(state)?.people.attest;
    if may.contains(person) {
        return Ok(());
    }
    let names: Vec<&str> = may.iter().map(PersonId::as_str).collect();
    Err(no(if names.is_empty() {
        "the policy names nobody who may attest that a host is off (`people: { attest: [...] }`)"
            .to_owned()
    } else {
        format!("{person} is not among those who may attest: {}", names.join(", "))
    }))
}

fn attestable(
    state: &State,
    AttestedHost { host, token }: &AttestedHost,
    person: &PersonId,
) -> Result<(), Rejection> {
    let order = premise::host(state, host)?.fence.as_ref().filter(|order| order.token == *token);
    if order.is_none() {
        return Err(Rejection::NoFenceOrder { host: host.clone(), token: *token });
    }
    has_the_rung(state, host)?;
    if let Some(sign) = state.sign_of_life(host) {
        return Err(no(format!(
            "{sign}: it lives, and only a rung that stops it proves otherwise"
        )));
    }
    if state.counted_attestations(host).iter().any(|known| known.by == *person) {
        return Err(no(format!(
            "{person} has attested host {host} already; a second person is needed"
        )));
    }
    Ok(())
}

fn has_the_rung(state: &State, host: &HostId) -> Result<(), Rejection> {
    let definition = premise::estate(state)?.hosts.get(host);
    if definition.is_some_and(|host| host.rungs.contains(&Rung::People)) {
        Ok(())
    } else {
        Err(no(format!("host {host} has no rung `{}` in the estate", Rung::People)))
    }
}
