//! S5: done is what a second channel shows. A start is done only if its guest has shown in the
//! world, since its intent, that it executes on that host; a fence, only if a rung has proved it.

use std::collections::{BTreeMap, BTreeSet};

use model::id::{HostId, VmId};
use model::step::StepKey;
use state_machine::{Command, Effect};

use super::Checker;
use super::log_order::{Committed, LogOrder};
use crate::fact::Fact;

/// A start under way.
#[derive(Debug)]
struct Start {
    vm: VmId,
    host: HostId,
    shown: bool,
}

/// The checker.
#[derive(Debug, Default)]
pub(super) struct DoneIsVerified {
    log: LogOrder,
    booted: BTreeSet<(VmId, HostId)>,
    starts: BTreeMap<StepKey, Start>,
    fences: BTreeMap<StepKey, HostId>,
    /// Hosts whose order in force a rung has proved.
    proved: BTreeSet<HostId>,
}

impl DoneIsVerified {
    fn world(&mut self, fact: &Fact) {
        match fact {
            Fact::VmBooted { vm, host } => {
                self.booted.insert((vm.clone(), host.clone()));
                let of_it = |start: &&mut Start| start.vm == *vm && start.host == *host;
                self.starts.values_mut().filter(of_it).for_each(|start| start.shown = true);
            }
            Fact::VmEnded { vm, host, .. } => {
                self.booted.remove(&(vm.clone(), host.clone()));
            }
            Fact::HostDown { host, .. } => {
                self.booted.retain(|(_, on)| on != host);
            }
            _ => {}
        }
    }

    fn committed(&mut self, committed: &Committed<'_>) -> Option<String> {
        if !committed.counts() {
            return None;
        }
        for effect in &committed.applied.effects {
            match effect {
                Effect::Perform { key, action, .. } => {
                    let Some((vm, host)) = action.starts() else { continue };
                    let shown = self.booted.contains(&(vm.clone(), host.clone()));
                    let (vm, host) = (vm.clone(), host.clone());
                    let start = self.starts.entry(key.clone()).or_insert_with(|| Start {
                        vm,
                        host,
                        shown: false,
                    });
                    start.shown |= shown;
                }
                Effect::Fence { host, .. } => {
                    if let Command::StepStarted { key, .. } = &committed.entry.command {
                        self.fences.insert(key.clone(), host.clone());
                    }
                }
            }
        }
        match &committed.entry.command {
            Command::FenceProved { proof } => {
                self.proved.insert(proof.target.clone());
                None
            }
            Command::HostAdmitted { host, .. } => {
                self.proved.remove(host);
                None
            }
            Command::StepFinished { key, outcome, .. } if outcome.is_done() => self.done(key),
            _ => None,
        }
    }

    fn done(&self, key: &StepKey) -> Option<String> {
        if let Some(Start { vm, host, shown: false }) = self.starts.get(key) {
            return Some(format!(
                "{key} is done in the log, but VM {vm} has not shown on {host} that it executes"
            ));
        }
        let host = self.fences.get(key)?;
        (!self.proved.contains(host))
            .then(|| format!("{key} is done in the log, but no rung has proved host {host} fenced"))
    }
}

impl Checker for DoneIsVerified {
    fn property(&self) -> &'static str {
        "S5-done-verified"
    }

    fn take(&mut self, fact: &Fact) -> Option<String> {
        self.world(fact);
        let committed = self.log.next(fact)?;
        self.committed(&committed)
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{applied, caught, intent, key, silent, started, token};
    use super::*;
    use model::fence::{FenceEvidence, FenceProof};
    use model::step::Outcome;
    use model::time::LogTime;

    fn done(index: u64, item: &str) -> Fact {
        let outcome = Outcome::Done { evidence: "seen".to_owned() };
        let command = Command::StepFinished { key: key(item), attempt: 1, outcome, last: true };
        applied(index, index, command, Vec::new())
    }

    fn fence(index: u64) -> Fact {
        let command = Command::StepStarted { key: key("a1"), token: token(4), attempt: 1 };
        let effect = Effect::Fence { host: "a1".into(), token: token(5) };
        applied(index, index, command, vec![effect])
    }

    fn proved(index: u64) -> Fact {
        let evidence =
            FenceEvidence::PowerOff { reads: 2, apart_ms: 500, answer: "Off".to_owned() };
        let proof = FenceProof { target: "a1".into(), token: token(5), evidence, at: LogTime(0) };
        applied(index, index, Command::FenceProved { proof }, Vec::new())
    }

    #[test]
    fn a_start_that_is_done_before_its_guest_has_booted_is_caught() {
        let facts = [intent(1, "v1", "a1", 3, 1), started("v1", "a1", 3), done(2, "v1")];
        caught(DoneIsVerified::default(), &facts);
    }

    #[test]
    fn a_start_whose_guest_has_booted_is_no_violation() {
        let booted = Fact::VmBooted { vm: "v1".into(), host: "a1".into() };
        let facts = [intent(1, "v1", "a1", 3, 1), started("v1", "a1", 3), booted, done(2, "v1")];
        silent(DoneIsVerified::default(), &facts);
    }

    #[test]
    fn a_fence_that_is_done_without_a_proof_is_caught() {
        caught(DoneIsVerified::default(), &[fence(1), done(2, "a1")]);
        silent(DoneIsVerified::default(), &[fence(1), proved(2), done(3, "a1")]);
    }
}
