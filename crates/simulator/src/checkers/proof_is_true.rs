//! S1 by the world: a proof is true. When a rung is believed to have proved a host fenced, no VM
//! executes there any more, unless the host is cut off. (It may have been reset long before the
//! order, and be up again in quarantine.)

use std::collections::{BTreeMap, BTreeSet};

use model::id::{HostId, VmId};
use state_machine::Command;

use super::Checker;
use super::log_order::LogOrder;
use crate::fact::Fact;

/// The checker.
#[derive(Debug, Default)]
pub(super) struct ProofIsTrue {
    log: LogOrder,
    executes: BTreeMap<HostId, BTreeSet<VmId>>,
    isolated: BTreeSet<HostId>,
}

impl Checker for ProofIsTrue {
    fn property(&self) -> &'static str {
        "S1-proof-true"
    }

    fn take(&mut self, fact: &Fact) -> Option<String> {
        match fact {
            Fact::VmStarted { vm, host, .. } => {
                self.executes.entry(host.clone()).or_default().insert(vm.clone());
            }
            Fact::VmEnded { vm, host, .. } => {
                self.executes.entry(host.clone()).or_default().remove(vm);
            }
            Fact::HostDown { host, .. } => {
                self.executes.remove(host);
            }
            Fact::HostIsolated { host, isolated: true } => {
                self.isolated.insert(host.clone());
            }
            Fact::HostIsolated { host, isolated: false } => {
                self.isolated.remove(host);
            }
            _ => {}
        }
        let committed = self.log.next(fact)?;
        let Command::FenceProved { proof } = &committed.entry.command else { return None };
        let (host, rung) = (&proof.target, proof.evidence.rung());
        let vm = self.executes.get(host)?.first()?;
        (committed.counts() && !self.isolated.contains(host)).then(|| {
            format!(
                "rung {rung} is believed to have proved host {host} fenced, but VM {vm} executes \
                 there and the host is not cut off"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{applied, caught, silent, started, token};
    use super::*;
    use model::fence::{FenceEvidence, FenceProof};
    use model::time::LogTime;

    fn proved() -> Fact {
        let evidence =
            FenceEvidence::PowerOff { reads: 2, apart_ms: 500, answer: "Off".to_owned() };
        let proof = FenceProof { target: "a1".into(), token: token(5), evidence, at: LogTime(0) };
        applied(2, 2, Command::FenceProved { proof }, Vec::new())
    }

    #[test]
    fn a_proof_for_a_host_whose_vms_execute_is_caught() {
        caught(ProofIsTrue::default(), &[started("v1", "a1", 3), proved()]);
        let down = Fact::HostDown { host: "a1".into(), why: "ordered" };
        silent(ProofIsTrue::default(), &[started("v1", "a1", 3), down, proved()]);
        let cut = Fact::HostIsolated { host: "a1".into(), isolated: true };
        silent(ProofIsTrue::default(), &[started("v1", "a1", 3), cut, proved()]);
    }
}
