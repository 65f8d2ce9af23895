//! What a run did to the VMs, counted from the hosts' own truth: which stopped because no lease
//! could be had, and which went on in another room.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::id::{HostId, VmId};
use serde::{Deserialize, Serialize};

use crate::fact::Fact;

/// A VM that began to execute elsewhere than where it executed last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// When, in milliseconds of simulated time.
    pub at_ms: u64,
    /// Which VM.
    pub vm: VmId,
    /// Where it executed last.
    pub from: HostId,
    /// Where it executes now.
    pub to: HostId,
}

/// A VM that ended with its host, because the watchdog fired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoppedByLease {
    /// When, in milliseconds of simulated time.
    pub at_ms: u64,
    /// Which VM.
    pub vm: VmId,
    /// On which host.
    pub on: HostId,
}

/// The count of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// When the first link was cut, in milliseconds of simulated time.
    pub first_cut_ms: Option<u64>,
    /// Where each VM executed last, and whether it still does.
    #[serde(skip)]
    last: BTreeMap<VmId, (HostId, bool)>,
    /// VMs that began to execute in another place, in order.
    pub moves: Vec<Move>,
    /// VMs stopped by their leases, in order.
    pub stopped_by_lease: Vec<StoppedByLease>,
    /// How many times a VM began to execute, the first time at home not counted.
    pub starts: Vec<(u64, VmId)>,
    /// How many times a VM ceased to execute, for whatever reason.
    pub ends: u64,
}

impl Tally {
    /// Takes a fact.
    pub(crate) fn take(&mut self, at: Duration, fact: &Fact) {
        let at_ms = u64::try_from(at.as_millis()).unwrap_or(u64::MAX);
        match fact {
            Fact::VmStarted { vm, host, .. } => self.started(at_ms, vm, host),
            Fact::VmEnded { vm, host, .. } => {
                if let Some((_, runs)) = self.last.get_mut(vm).filter(|(on, _)| on == host) {
                    *runs = false;
                    self.ends += 1;
                }
            }
            Fact::HostDown { host, why } => {
                for (vm, (_, runs)) in self.last.iter_mut().filter(|(_, (on, _))| on == host) {
                    if std::mem::take(runs) {
                        self.ends += 1;
                        if *why == "watchdog" {
                            let (vm, on) = (vm.clone(), host.clone());
                            self.stopped_by_lease.push(StoppedByLease { at_ms, vm, on });
                        }
                    }
                }
            }
            Fact::Fault { kind, .. } if kind.starts_with("cut-") => {
                self.first_cut_ms.get_or_insert(at_ms);
            }
            _ => {}
        }
    }

    fn started(&mut self, at_ms: u64, vm: &VmId, host: &HostId) {
        let Some((from, _)) = self.last.insert(vm.clone(), (host.clone(), true)) else { return };
        self.starts.push((at_ms, vm.clone()));
        if from != *host {
            self.moves.push(Move { at_ms, vm: vm.clone(), from, to: host.clone() });
        }
    }

    /// The VMs that were stopped by their leases up to then.
    pub(crate) fn stopped_until(&self, at_ms: u64) -> BTreeSet<VmId> {
        let each = self.stopped_by_lease.iter();
        each.take_while(|stop| stop.at_ms <= at_ms).map(|stop| stop.vm.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(vm: &str, host: &str) -> Fact {
        Fact::VmStarted { vm: vm.into(), host: host.into(), token: None, key: None }
    }

    fn tally(facts: &[Fact]) -> Tally {
        let mut tally = Tally::default();
        for (second, fact) in (0..).zip(facts) {
            tally.take(Duration::from_secs(second), fact);
        }
        tally
    }

    #[test]
    fn only_a_watchdog_stops_by_lease() {
        let down = |why| Fact::HostDown { host: "a1".into(), why };
        let counted = |why| tally(&[started("v1", "a1"), down(why)]).stopped_by_lease.len();
        assert_eq!((counted("watchdog"), counted("ordered")), (1, 0));
        let twice = tally(&[started("v1", "a1"), down("watchdog"), down("watchdog")]);
        assert_eq!(twice.stopped_by_lease.len(), 1, "nothing executed there any more");
        assert_eq!(twice.stopped_until(0).len(), 0);
        assert_eq!(twice.stopped_until(1_000).len(), 1);
    }

    #[test]
    fn a_start_elsewhere_is_a_move_and_one_in_place_is_none() {
        let tally = tally(&[started("v1", "a1"), started("v1", "a1"), started("v1", "b1")]);
        let moved: Vec<_> =
            tally.moves.iter().map(|of| (of.from.as_str(), of.to.as_str())).collect();
        assert_eq!(moved, [("a1", "b1")]);
        assert_eq!(tally.starts.len(), 2);
    }
}
