use std::collections::{BTreeMap, BTreeSet};

use model::id::{HostId, VmId};
use serde::{Deserialize, Serialize};

/// A line of a host's boot journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// By the machine's clock; all journals of a demonstration share one machine.
    pub at_ms: u64,
    /// The host.
    pub host: HostId,
    /// What happened.
    pub what: What,
}

/// What happened on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The VM's firmware began to execute.
    Started(VmId),
    /// The guest showed that it executes.
    Booted(VmId),
    /// The VM no longer executes.
    Stopped(VmId),
    /// The watchdog reset the host: everything on it ended.
    WatchdogReset,
    /// The host booted: nothing executes on it, whatever did before.
    HostBooted,
}

/// A kill, stamped by who did it at the moment when it was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kill {
    /// By the machine's clock.
    pub at_ms: u64,
    /// The hosts whose processes were killed.
    pub hosts: BTreeSet<HostId>,
}

/// A stretch of time in which a VM executed on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Which VM.
    pub vm: VmId,
    /// Where.
    pub host: HostId,
    /// From when.
    pub from_ms: u64,
    /// When the guest showed that it executes.
    pub booted_ms: Option<u64>,
    /// Until when, and what ended it; none while it lasts.
    pub ended: Option<(u64, End)>,
}

/// What ended an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// A stop line.
    Stopped,
    /// The watchdog: the host's lease had ended.
    Watchdog,
    /// The host's next boot; when it really ended is not known.
    HostBooted,
    /// A stamped kill or power cut.
    Killed,
}

/// Two intervals of one VM that overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// Which VM.
    pub vm: VmId,
    /// Where it was running.
    pub running_on: HostId,
    /// Where it was started all the same.
    pub started_on: HostId,
    /// When.
    pub at_ms: u64,
}

/// Makes intervals of events and kills, in order of start.
///
/// A start of a VM that already runs on the same host ends the earlier interval there: one
/// process cannot execute twice in one place, and its end line was lost with a crash.
pub fn intervals(events: &[Event], kills: &[Kill]) -> Vec<Interval> {
    let mut order: Vec<Moment<'_>> = events.iter().map(Moment::Event).collect();
    order.extend(kills.iter().map(Moment::Kill));
    // A kill ends what started in the same millisecond: the journal line was written before.
    order.sort_by_key(|moment| (moment.at_ms(), matches!(moment, Moment::Kill(_))));
    let mut done = Vec::new();
    let mut open: BTreeMap<(HostId, VmId), Interval> = BTreeMap::new();
    for moment in order {
        let at_ms = moment.at_ms();
        match moment {
            Moment::Kill(kill) => {
                for host in &kill.hosts {
                    end_all(&mut open, &mut done, host, at_ms, End::Killed);
                }
            }
            Moment::Event(Event { host, what, .. }) => match what {
                What::Started(vm) => {
                    let fresh = Interval {
                        vm: vm.clone(),
                        host: host.clone(),
                        from_ms: at_ms,
                        booted_ms: None,
                        ended: None,
                    };
                    if let Some(mut before) = open.insert((host.clone(), vm.clone()), fresh) {
                        before.ended = Some((at_ms, End::Stopped));
                        done.push(before);
                    }
                }
                What::Booted(vm) => {
                    if let Some(interval) = open.get_mut(&(host.clone(), vm.clone())) {
                        interval.booted_ms.get_or_insert(at_ms);
                    }
                }
                What::Stopped(vm) => {
                    if let Some(mut interval) = open.remove(&(host.clone(), vm.clone())) {
                        interval.ended = Some((at_ms, End::Stopped));
                        done.push(interval);
                    }
                }
                What::WatchdogReset => end_all(&mut open, &mut done, host, at_ms, End::Watchdog),
                What::HostBooted => end_all(&mut open, &mut done, host, at_ms, End::HostBooted),
            },
        }
    }
    done.extend(open.into_values());
    done.sort_by(|a, b| (a.from_ms, &a.vm, &a.host).cmp(&(b.from_ms, &b.vm, &b.host)));
    done
}

enum Moment<'a> {
    Event(&'a Event),
    Kill(&'a Kill),
}

impl Moment<'_> {
    fn at_ms(&self) -> u64 {
        match self {
            Self::Event(event) => event.at_ms,
            Self::Kill(kill) => kill.at_ms,
        }
    }
}

fn end_all(
    open: &mut BTreeMap<(HostId, VmId), Interval>,
    done: &mut Vec<Interval>,
    host: &HostId,
    at_ms: u64,
    end: End,
) {
    let here: Vec<_> = open.keys().filter(|(on, _)| on == host).cloned().collect();
    for key in here {
        if let Some(mut interval) = open.remove(&key) {
            interval.ended = Some((at_ms, end));
            done.push(interval);
        }
    }
}

/// Counting over intervals.
#[derive(Clone, Copy, Debug)]
pub struct Count<'a>(pub &'a [Interval]);

impl<'a> Count<'a> {
    /// Where each VM executes now.
    pub fn running(self) -> BTreeMap<&'a VmId, BTreeSet<&'a HostId>> {
        let mut running: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for interval in self.0.iter().filter(|interval| interval.ended.is_none()) {
            running.entry(&interval.vm).or_default().insert(&interval.host);
        }
        running
    }

    /// Starts of a VM while it executed on another host.
    pub fn double_starts(self) -> Vec<Overlap> {
        let mut of_vm: BTreeMap<&VmId, Vec<&Interval>> = BTreeMap::new();
        for interval in self.0 {
            of_vm.entry(&interval.vm).or_default().push(interval);
        }
        let mut overlaps = Vec::new();
        for intervals in of_vm.values() {
            for (at, later) in intervals.iter().enumerate() {
                let before = intervals[..at].iter().find(|earlier| {
                    earlier.host != later.host
                        && earlier.ended.is_none_or(|(end_ms, _)| end_ms > later.from_ms)
                });
                overlaps.extend(before.map(|earlier| Overlap {
                    vm: later.vm.clone(),
                    running_on: earlier.host.clone(),
                    started_on: later.host.clone(),
                    at_ms: later.from_ms,
                }));
            }
        }
        overlaps
    }

    /// VMs that a watchdog stopped.
    pub fn stopped_by_lease(self) -> BTreeSet<&'a VmId> {
        self.0
            .iter()
            .filter(|interval| matches!(interval.ended, Some((_, End::Watchdog))))
            .map(|interval| &interval.vm)
            .collect()
    }

    /// Intervals that began after this moment, by VM; the last one of each.
    pub fn started_after(self, at_ms: u64) -> BTreeMap<&'a VmId, &'a Interval> {
        // Intervals are in order of start, so that the last of a VM stays.
        self.0
            .iter()
            .filter(|interval| interval.from_ms > at_ms)
            .map(|interval| (&interval.vm, interval))
            .collect()
    }

    /// Where each VM last executed at or before this moment.
    pub fn was_on(self, at_ms: u64) -> BTreeMap<&'a VmId, &'a HostId> {
        self.0
            .iter()
            .filter(|interval| interval.from_ms <= at_ms)
            .map(|interval| (&interval.vm, &interval.host))
            .collect()
    }
}

#[cfg(test)]
mod tests;
