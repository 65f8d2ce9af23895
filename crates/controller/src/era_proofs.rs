//! In an era that was opened on the order of two persons, that order is what proves the hosts of
//! the other rooms fenced: each by its own entry, once this room has had the time to hear them.

use model::fence::{FenceEvidence, FenceProof};
use model::time::{LogTime, Monotonic};
use state_machine::{Command, CoveredBy, State};

use crate::leadership::Desk;
use crate::watching::fresh_from;

/// Proposes the proofs that are due.
pub(crate) fn propose(desk: &mut Desk, state: &State, now: Monotonic, log_now: LogTime) {
    let (Some(opened), Some(policy)) = (&state.opened, &state.policy) else { return };
    if log_now < fresh_from(state).after(policy.value.watch.probe_timeout) {
        return;
    }
    for (host, covered) in &opened.hosts {
        let order = state.hosts.get(host).and_then(|record| record.fence.as_ref());
        let due = order.is_some_and(|order| order.token == opened.token && !order.is_proved());
        if !due || *covered == CoveredBy::Nothing || state.life_against(host, *covered).is_some() {
            continue;
        }
        let evidence = FenceEvidence::EraOrder {
            order: opened.order.clone(),
            waited_ms: opened.waited_ms,
            by_statement: *covered == CoveredBy::Statement,
        };
        let proof = FenceProof {
            target: host.clone(),
            token: opened.token,
            evidence,
            at: LogTime::default(),
        };
        desk.propose(now, Command::FenceProved { proof });
    }
}
