//! What must hold after each fault. Pure.

use std::collections::BTreeSet;
use std::time::Duration;

use model::estate::Estate;
use model::id::{HostId, RoomId, VmId};
use model::policy::LeasePolicy;

use super::measure::Measured;

/// What must have become of the VMs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// The VMs of these hosts run elsewhere, all others were left alone.
    MovedFrom(BTreeSet<HostId>),
    /// Nothing was started, stopped or fenced.
    Nothing,
    /// Nothing was fenced or moved; what the lease stopped runs again where it ran.
    BackHome {
        /// How many VMs the lease stops, where its rules say.
        stopped: Option<usize>,
    },
}

/// Every expectation that does not hold, in words.
pub(super) fn broken(
    expected: &Expected,
    total: usize,
    services: (usize, usize),
    measured: &Measured,
) -> Vec<String> {
    let mut broken = Vec::new();
    let running = measured.running.len();
    if running != total {
        broken.push(format!("{running} of {total} VMs run, by the hosts' journals"));
    }
    for double in &measured.double_starts {
        broken.push(format!("double start: {double}"));
    }
    if services.0 != services.1 {
        broken.push(format!("{} of {} services answer their probe", services.0, services.1));
    }
    broken.extend(measured.failed_runs.iter().map(|run| format!("a run failed: {run}")));
    match expected {
        Expected::MovedFrom(hosts) => moved_from(hosts, measured, &mut broken),
        Expected::Nothing => {
            if !measured.restarted.is_empty() {
                let some = names(measured.restarted.keys());
                broken.push(format!("nothing may be started, but this was: {some}"));
            }
            no_fence(measured, &mut broken);
        }
        Expected::BackHome { stopped } => {
            no_fence(measured, &mut broken);
            if measured.moved() > 0 {
                broken.push(format!("nothing may move, but {} VMs did", measured.moved()));
            }
            if let Some(stopped) = stopped
                && *stopped != measured.stopped_by_lease
            {
                broken.push(format!(
                    "the lease stops {stopped} VMs, but {} were stopped by it",
                    measured.stopped_by_lease
                ));
            }
            if measured.restarted.len() != measured.stopped_by_lease {
                broken.push(format!(
                    "{} VMs were stopped by the lease and {} were started again",
                    measured.stopped_by_lease,
                    measured.restarted.len()
                ));
            }
        }
    }
    broken
}

fn moved_from(hosts: &BTreeSet<HostId>, measured: &Measured, broken: &mut Vec<String>) {
    let lost: BTreeSet<&VmId> =
        measured.was_on.iter().filter(|(_, on)| hosts.contains(*on)).map(|(vm, _)| vm).collect();
    let stayed: Vec<&VmId> = lost
        .iter()
        .copied()
        .filter(|vm| measured.restarted.get(*vm).is_none_or(|host| hosts.contains(host)))
        .collect();
    if !stayed.is_empty() {
        broken.push(format!(
            "{} VMs of the lost hosts were not started on another one: {}",
            stayed.len(),
            names(stayed.iter().copied())
        ));
    }
    let touched: Vec<&VmId> = measured.restarted.keys().filter(|vm| !lost.contains(vm)).collect();
    if !touched.is_empty() {
        broken.push(format!(
            "{} VMs of other hosts were started too: {}",
            touched.len(),
            names(touched.iter().copied())
        ));
    }
    let unproved: Vec<&HostId> =
        hosts.iter().filter(|host| !measured.proved.contains(*host)).collect();
    if !unproved.is_empty() && !lost.is_empty() {
        let hosts: Vec<String> = unproved.iter().map(ToString::to_string).collect();
        broken.push(format!("no fence was proved for {}", hosts.join(", ")));
    }
}

fn no_fence(measured: &Measured, broken: &mut Vec<String>) {
    let fenced: BTreeSet<&HostId> = measured.fenced.iter().chain(&measured.proved).collect();
    if !fenced.is_empty() {
        let hosts: Vec<String> = fenced.iter().map(ToString::to_string).collect();
        broken.push(format!("nothing may be fenced, but {} was", hosts.join(", ")));
    }
}

fn names<'a>(vms: impl Iterator<Item = &'a VmId>) -> String {
    let all: Vec<String> = vms.map(ToString::to_string).collect();
    match all.len() {
        0..=5 => all.join(", "),
        more => format!("{} and {} others", all[..4].join(", "), more - 4),
    }
}

/// How many VMs the lease stops when every link between rooms is silent for so long; none where
/// its rules leave it open.
///
/// An armed host renews nothing (no controller has a majority) and asks every agent that could
/// take its VMs for a promise. One of them in another room is silent, so the host obeys its lease:
/// L after its last renewal it stops feeding the watchdog, and W later it is reset. Where every
/// agent of the set stands in its own room it runs on. An empty set is a no.
pub(super) fn stopped_by_silence(
    estate: &Estate,
    lease: &LeasePolicy,
    lasts: Duration,
) -> Option<usize> {
    let lease_ends = lease.lease.to_std();
    let reset = lease_ends + lease.watchdog.to_std();
    let armed: Vec<(&HostId, &RoomId)> = estate
        .hosts
        .iter()
        .filter(|(_, host)| host.watchdog.is_some_and(|watchdog| watchdog.armed))
        .map(|(id, host)| (id, &host.room))
        .collect();
    // Renewals come every few seconds: the last one may be that much older than the silence.
    if armed.is_empty() || lasts + lease.renew_every.to_std() < lease_ends {
        return Some(0);
    }
    if lasts < reset + lease.margin.to_std() {
        return None;
    }
    let stops = |host: &HostId, room: &RoomId| {
        let mut set = estate.hosts.iter().filter(|(other, definition)| {
            *other != host
                && estate.vms.values().any(|vm| vm.home == *host && estate.reaches(definition, vm))
        });
        let first = set.next();
        first.is_none() || first.into_iter().chain(set).any(|(_, other)| other.room != *room)
    };
    let stopped: BTreeSet<&HostId> =
        armed.into_iter().filter(|(host, room)| stops(host, room)).map(|(host, _)| host).collect();
    Some(estate.vms.values().filter(|vm| stopped.contains(&vm.home)).count())
}

#[cfg(test)]
mod tests;
