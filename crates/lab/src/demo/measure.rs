//! What the log and the journals say about the time after the fault.

use std::collections::{BTreeMap, BTreeSet};

use model::estate::Estate;
use model::fence::Rung;
use model::id::{HostId, VmId};
use model::incident::Cause;

use super::log::Log;
use super::options::Fault;
use super::outcome::Timeline;
use crate::fabric::Cut;
use crate::journal::{Count, Interval};
use crate::rto::{Limits, TimedStart, modelled_last_ms};

/// What the log and the journals say about the time after the fault.
#[derive(Clone, Debug, Default)]
pub(super) struct Measured {
    /// Where each VM executes.
    pub(super) running: BTreeMap<VmId, BTreeSet<HostId>>,
    /// Where each VM was before the fault.
    pub(super) was_on: BTreeMap<VmId, HostId>,
    /// VMs started after the fault, and where.
    pub(super) restarted: BTreeMap<VmId, HostId>,
    /// VMs started while they executed elsewhere, in words.
    pub(super) double_starts: Vec<String>,
    /// VMs that a watchdog stopped.
    pub(super) stopped_by_lease: usize,
    /// Proofs by rung.
    pub(super) rungs: BTreeMap<Rung, usize>,
    /// Hosts proved fenced.
    pub(super) proved: BTreeSet<HostId>,
    /// Hosts against which a fence was ordered.
    pub(super) fenced: BTreeSet<HostId>,
    /// Runs that failed, in words.
    pub(super) failed_runs: Vec<String>,
    /// Seconds since the fault.
    pub(super) timeline: Timeline,
    /// From the fault to the last guest, in milliseconds.
    pub(super) last_vm_ms: u64,
    /// The same with the estate's own boot times.
    pub(super) modelled_ms: u64,
}

impl Measured {
    /// VMs started after the fault on another host than before.
    pub(super) fn moved(&self) -> usize {
        self.restarted.iter().filter(|(vm, host)| self.was_on.get(vm) != Some(host)).count()
    }
}

/// Measures everything since the fault.
pub(super) fn measure(
    fault: &Fault,
    struck_ms: u64,
    estate: &Estate,
    log: &Log,
    intervals: &[Interval],
) -> Measured {
    let count = Count(intervals);
    let seconds = |at_ms: u64| at_ms.saturating_sub(struck_ms) as f64 / 1000.0;
    let after = count.started_after(struck_ms);
    let booted: Vec<u64> = after.values().filter_map(|interval| interval.booted_ms).collect();
    let mut first_proof: BTreeMap<&HostId, u64> = BTreeMap::new();
    let mut rungs: BTreeMap<Rung, usize> = BTreeMap::new();
    for (host, rung, at_ms) in log.proofs(struck_ms) {
        *rungs.entry(rung).or_default() += 1;
        first_proof.entry(host).or_insert(at_ms);
    }
    let verdict = log.incident(struck_ms, |cause| is_cause(fault, cause));
    let last_vm_ms = booted.iter().max().map_or(0, |at| at.saturating_sub(struck_ms));
    let fenced = log.since(struck_ms).filter_map(fence_order).collect();
    Measured {
        running: count
            .running()
            .into_iter()
            .map(|(vm, on)| (vm.clone(), on.into_iter().cloned().collect()))
            .collect(),
        was_on: cloned(count.was_on(struck_ms)),
        restarted: after.iter().map(|(vm, on)| ((*vm).clone(), on.host.clone())).collect(),
        double_starts: count
            .double_starts()
            .iter()
            .map(|one| {
                format!(
                    "{} was started on {} while it ran on {}",
                    one.vm, one.started_on, one.running_on
                )
            })
            .collect(),
        stopped_by_lease: count.stopped_by_lease().len(),
        rungs,
        proved: first_proof.keys().map(|host| (*host).clone()).collect(),
        fenced,
        failed_runs: log
            .runs(struck_ms)
            .into_iter()
            .filter_map(|(run, end)| match end {
                Some(state_machine::RunEnd::Failed { reason }) => Some(format!("{run}: {reason}")),
                _ => None,
            })
            .collect(),
        timeline: Timeline {
            hold_off: verdict.as_ref().map(|(_, _, _, hold_off)| hold_off.as_secs_f64()),
            verdict: verdict.map(|(_, _, at_ms, _)| seconds(at_ms)),
            fenced: first_proof.values().max().map(|at| seconds(*at)),
            first_vm: booted.iter().min().map(|at| seconds(*at)),
            last_vm: booted.iter().max().map(|at| seconds(*at)),
        },
        last_vm_ms,
        modelled_ms: modelled(struck_ms, estate, log, &after).unwrap_or(last_vm_ms),
    }
}

fn cloned(map: BTreeMap<&VmId, &HostId>) -> BTreeMap<VmId, HostId> {
    map.into_iter().map(|(vm, host)| (vm.clone(), host.clone())).collect()
}

/// Whether an incident of this cause is the answer to the fault.
pub(super) fn is_cause(fault: &Fault, cause: &Cause) -> bool {
    matches!(
        (fault, cause),
        (Fault::Room(_), Cause::RoomLost { .. })
            | (Fault::Host(_), Cause::HostLost { .. })
            | (Fault::Array(_), Cause::ArrayLost { .. })
            | (Fault::Cut(Cut::All), Cause::StorageSideLost { .. })
            | (Fault::Cut(Cut::LastResort), Cause::RoomLost { .. })
            | (Fault::Cut(Cut::Path | Cut::Lan | Cut::LastResort), Cause::LinkLost { .. })
    )
}

fn fence_order(entry: &super::log::Logged) -> Option<HostId> {
    match &entry.command {
        state_machine::Command::StepStarted { key, .. }
            if key.item.step.as_str().contains("fence") =>
        {
            Some(HostId(key.item.item.clone()))
        }
        _ => None,
    }
}

/// The last guest's time with the estate's own boot times, over all runs since the fault.
fn modelled(
    struck_ms: u64,
    estate: &Estate,
    log: &Log,
    after: &BTreeMap<&VmId, &Interval>,
) -> Option<u64> {
    log.runs(struck_ms)
        .into_iter()
        .filter_map(|(run, _)| {
            let plan = log.plan(run)?;
            let starts: Vec<TimedStart> = plan
                .items
                .iter()
                .filter_map(|planned| {
                    let (vm, host) = planned.action.starts()?;
                    let (from_ms, to_ms) = log.times(run, &planned.item)?;
                    let interval = after.get(vm)?;
                    Some(TimedStart {
                        item: planned.item.clone(),
                        needs: planned.needs.to_vec(),
                        host: host.clone(),
                        volumes: planned.volumes.clone(),
                        started_ms: from_ms.saturating_sub(struck_ms),
                        ended_ms: to_ms.saturating_sub(struck_ms),
                        compressed_boot_ms: interval.booted_ms?.saturating_sub(interval.from_ms),
                        boot_ms: estate.vms.get(vm)?.boot.as_millis(),
                    })
                })
                .collect();
            let limits = Limits {
                per_host: plan.starts_at_once_per_host,
                per_volume: plan.starts_at_once_per_volume,
            };
            modelled_last_ms(&starts, limits)
        })
        .max()
}
