//! S1: no VM runs in two places, by the hosts' own truth. A copy on a host that is cut off, from
//! every array that serves and from the other rooms, is fenced by its storage rung: it harms
//! nothing until the host is let back in.

use std::collections::{BTreeMap, BTreeSet};

use model::id::{HostId, VmId};

use super::Checker;
use crate::fact::Fact;

/// The checker.
#[derive(Debug, Default)]
pub(super) struct OneOwner {
    executes: BTreeMap<VmId, BTreeSet<HostId>>,
    isolated: BTreeSet<HostId>,
}

impl OneOwner {
    fn twice(&self, vm: &VmId) -> Option<String> {
        let on: Vec<&str> = self
            .executes
            .get(vm)
            .into_iter()
            .flatten()
            .filter(|host| !self.isolated.contains(*host))
            .map(HostId::as_str)
            .collect();
        (on.len() > 1).then(|| format!("VM {vm} executes on {}", on.join(" and ")))
    }
}

impl Checker for OneOwner {
    fn property(&self) -> &'static str {
        "S1-one-owner"
    }

    fn take(&mut self, fact: &Fact) -> Option<String> {
        match fact {
            Fact::VmStarted { vm, host, .. } => {
                self.executes.entry(vm.clone()).or_default().insert(host.clone());
                self.twice(vm)
            }
            Fact::VmEnded { vm, host, .. } => {
                if let Some(hosts) = self.executes.get_mut(vm) {
                    hosts.remove(host);
                }
                None
            }
            Fact::HostDown { host, .. } => {
                self.executes.values_mut().for_each(|hosts| {
                    hosts.remove(host);
                });
                None
            }
            Fact::HostIsolated { host, isolated: true } => {
                self.isolated.insert(host.clone());
                None
            }
            Fact::HostIsolated { host, isolated: false } => {
                self.isolated.remove(host);
                self.executes.keys().find_map(|vm| self.twice(vm))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{caught, silent, started};
    use super::*;

    fn down(host: &str) -> Fact {
        Fact::HostDown { host: host.into(), why: "power" }
    }

    fn isolated(host: &str, isolated: bool) -> Fact {
        Fact::HostIsolated { host: host.into(), isolated }
    }

    #[test]
    fn a_vm_that_executes_on_two_hosts_is_caught() {
        let said = caught(OneOwner::default(), &[started("v1", "a1", 1), started("v1", "b1", 2)]);
        assert_eq!(said, "VM v1 executes on a1 and b1");
    }

    #[test]
    fn a_copy_that_comes_back_from_isolation_is_caught() {
        caught(
            OneOwner::default(),
            &[
                started("v1", "a1", 1),
                isolated("a1", true),
                started("v1", "b1", 2),
                isolated("a1", false),
            ],
        );
    }

    #[test]
    fn a_vm_that_moves_after_its_host_died_is_no_violation() {
        silent(OneOwner::default(), &[started("v1", "a1", 1), down("a1"), started("v1", "b1", 2)]);
    }
}
