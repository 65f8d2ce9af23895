//! S5: done is what the world shows. A start is done only if its guest has been seen to execute
//! on that host since its intent; a fence, only if the host has been down or cut off since its
//! order.

use std::collections::{BTreeMap, BTreeSet};

use model::action::Action;
use model::era::Token;
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
    up: BTreeSet<HostId>,
    isolated: BTreeSet<HostId>,
    starts: BTreeMap<StepKey, Start>,
    fences: BTreeMap<StepKey, HostId>,
    /// By host: its order, and whether it has been down or cut off since.
    orders: BTreeMap<HostId, (Token, bool)>,
}

impl DoneIsVerified {
    fn stopped(&mut self, host: &HostId) {
        if let Some((_, stopped)) = self.orders.get_mut(host) {
            *stopped = true;
        }
    }

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
            Fact::HostBooted { host, .. } => {
                self.up.insert(host.clone());
            }
            Fact::HostDown { host, .. } => {
                self.up.remove(host);
                self.booted.retain(|(_, on)| on != host);
                self.stopped(host);
            }
            Fact::HostIsolated { host, isolated: true } => {
                self.isolated.insert(host.clone());
                self.stopped(host);
            }
            Fact::HostIsolated { host, isolated: false } => {
                self.isolated.remove(host);
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
                Effect::Perform { key, action: Action::VmStart { vm, host }, .. } => {
                    let shown = self.booted.contains(&(vm.clone(), host.clone()));
                    let (vm, host) = (vm.clone(), host.clone());
                    let start = self.starts.entry(key.clone()).or_insert_with(|| Start {
                        vm,
                        host,
                        shown: false,
                    });
                    start.shown |= shown;
                }
                Effect::Fence { host, token } => {
                    if let Command::StepStarted { key, .. } = &committed.entry.command {
                        self.fences.insert(key.clone(), host.clone());
                    }
                    if self.orders.get(host).is_none_or(|(known, _)| known != token) {
                        let stopped = !self.up.contains(host) || self.isolated.contains(host);
                        self.orders.insert(host.clone(), (*token, stopped));
                    }
                }
                Effect::Perform { .. } => {}
            }
        }
        match &committed.entry.command {
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
        match self.orders.get(host) {
            Some((_, false)) => Some(format!(
                "{key} is done in the log, but host {host} was neither down nor cut off since \
                 its order"
            )),
            _ => None,
        }
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
    use model::step::Outcome;

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

    fn up() -> Fact {
        Fact::HostBooted { host: "a1".into(), boot: "a1-1".to_owned() }
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
    fn a_fence_of_a_host_that_runs_on_is_caught() {
        caught(DoneIsVerified::default(), &[up(), fence(1), done(2, "a1")]);
        let down = Fact::HostDown { host: "a1".into(), why: "ordered" };
        silent(DoneIsVerified::default(), &[up(), fence(1), down, done(2, "a1")]);
    }
}
