//! What runs where, counted from the hosts' journals.

use std::collections::{BTreeMap, BTreeSet};

use model::id::{HostId, VmId};

use super::error::LabError;
use super::outcome::VmOutcome;
use super::plan::Lab;
use crate::journal::{self, Count, Interval};
use crate::twin_room::KILLS_FILE;

impl Lab {
    pub(super) fn intervals(&self) -> Result<Vec<Interval>, LabError> {
        let hosts: BTreeSet<HostId> = self.estate.hosts.keys().cloned().collect();
        Ok(journal::read(&self.journal(), &hosts, &[KILLS_FILE.to_owned()])?)
    }
}

/// Where each VM runs whose guest has shown that it executes.
pub(super) fn booted(intervals: &[Interval]) -> BTreeMap<&VmId, &HostId> {
    let open = intervals.iter().filter(|i| i.ended.is_none() && i.booted_ms.is_some());
    open.map(|interval| (&interval.vm, &interval.host)).collect()
}

/// The figures after a kill at this moment.
pub(super) fn since(intervals: &[Interval], kill_ms: u64, total: usize) -> VmOutcome {
    let running = booted(intervals);
    let before = Count(intervals).was_on(kill_ms);
    let started = Count(intervals).started_after(kill_ms);
    let restarted: Vec<_> = started.iter().filter(|(vm, _)| running.contains_key(*vm)).collect();
    let moved = restarted.iter().filter(|(vm, now)| before.get(*vm) != Some(&&now.host));
    VmOutcome { total, running: running.len(), restarted: restarted.len(), moved: moved.count() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::End;

    fn interval(vm: &str, host: &str, from_ms: u64, booted: bool, ended: bool) -> Interval {
        Interval {
            vm: vm.into(),
            host: host.into(),
            from_ms,
            booted_ms: booted.then_some(from_ms + 1),
            ended: ended.then_some((100, End::Killed)),
        }
    }

    #[test]
    fn a_vm_that_was_started_and_has_not_shown_itself_does_not_run() {
        let intervals = [
            interval("stays", "b1", 10, true, false),
            interval("moves", "a1", 10, true, true),
            interval("hangs", "a1", 10, true, true),
            interval("moves", "b1", 120, true, false),
            interval("hangs", "b1", 120, false, false),
        ];
        let figures = since(&intervals, 100, 3);
        assert_eq!(figures, VmOutcome { total: 3, running: 2, restarted: 1, moved: 1 });
        assert!(!booted(&intervals).contains_key(&VmId::from("hangs")));
    }
}
