//! The people rung: what enough distinct persons attest is proposed as a proof, beside whatever
//! the ladder tries, and also when the run that ordered the fence has ended.

use model::fence::{FenceEvidence, FenceProof};
use model::id::PersonId;
use model::time::{LogTime, Monotonic};
use state_machine::{Command, PERSONS_NEEDED, State};

use crate::leadership::Desk;

pub(crate) fn propose(desk: &mut Desk, state: &State, now: Monotonic) {
    for (host, record) in &state.hosts {
        let wanted = |order: &&state_machine::FenceOrder| {
            !order.is_proved() && order.attested.len() >= PERSONS_NEEDED
        };
        let Some(order) = record.fence.as_ref().filter(wanted) else { continue };
        let counted = state.counted_attestations(host);
        if counted.len() < PERSONS_NEEDED || state.sign_of_life(host).is_some() {
            continue;
        }
        let by: Vec<PersonId> = counted.iter().map(|one| one.by.clone()).collect();
        let statements: Vec<String> =
            counted.iter().map(|one| format!("{}: {}", one.by, one.statement)).collect();
        let proof = FenceProof {
            target: host.clone(),
            token: order.token,
            evidence: FenceEvidence::Attested { by, statement: statements.join("; ") },
            at: LogTime::default(),
        };
        desk.propose(now, Command::FenceProved { proof });
    }
}
