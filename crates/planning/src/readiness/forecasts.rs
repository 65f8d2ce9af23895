//! When each service is back, beside its objective.

use std::collections::{BTreeMap, BTreeSet};

use model::action::Action;
use model::estate::Estate;
use model::id::{ServiceId, VmId};
use model::plan::Plan;
use model::units::Span;
use serde::{Deserialize, Serialize};

use super::level::Level;

/// When one service is back after a failure, by expected durations, from the last moment at which
/// it was seen up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceForecast {
    /// Which.
    pub service: ServiceId,
    /// Its recovery time objective.
    pub rto: Span,
    /// When its last VM runs and its own check passes, and so do those of the services below it.
    /// None if a VM of its own stays down, or a whole service below it: a VM that a waiver names
    /// is not waited for.
    pub back_after: Option<Span>,
    /// How well it keeps its objective.
    pub level: Level,
}

/// When each VM of a plan runs and each service's check passes, from the start of the run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ends {
    pub(super) vms: BTreeMap<VmId, Span>,
    pub(super) checks: BTreeMap<ServiceId, Span>,
}

impl Ends {
    pub(super) fn of(plan: &Plan, ends: &[Span]) -> Self {
        let mut found = Self::default();
        for (item, end) in plan.items.iter().zip(ends) {
            match &item.action {
                Action::ServiceCheck { service } => {
                    found.checks.insert(service.clone(), *end);
                }
                action => {
                    if let Some((vm, _)) = action.starts() {
                        found.vms.insert(vm.clone(), *end);
                    }
                }
            }
        }
        found
    }

    /// Of plans that run side by side.
    pub(super) fn join(&mut self, other: Self) {
        for (vm, end) in other.vms {
            let known = self.vms.entry(vm).or_default();
            *known = end.max(*known);
        }
        for (service, end) in other.checks {
            let known = self.checks.entry(service).or_default();
            *known = end.max(*known);
        }
    }
}

/// What became of the VMs that a failure took down.
pub(super) struct Fates<'a> {
    /// All of them.
    pub(super) lost: &'a BTreeSet<VmId>,
    /// Those that stay down and are not waived.
    pub(super) down: &'a BTreeSet<VmId>,
    /// Those that a waiver names: down or late, nobody waits for them.
    pub(super) waived: &'a BTreeSet<VmId>,
}

/// The forecast of every service that lost a VM and of those that depend on them.
pub(super) fn forecasts(
    estate: &Estate,
    fates: &Fates<'_>,
    ends: &Ends,
    until_run: Span,
) -> Vec<ServiceForecast> {
    let mut known: BTreeMap<&ServiceId, Back> = BTreeMap::new();
    let mut left: Vec<&ServiceId> = affected(estate, fates.lost).into_iter().collect();
    // Services do not depend on each other in a ring: each pass settles one at least.
    while !left.is_empty() {
        let ready: Vec<&ServiceId> = left
            .iter()
            .copied()
            .filter(|id| below(estate, id).all(|on| !left.contains(&on)))
            .collect();
        if ready.is_empty() {
            break;
        }
        left.retain(|id| !ready.contains(id));
        for id in ready {
            let back = back(estate, fates, ends, &known, id);
            known.insert(id, back);
        }
    }
    known
        .into_iter()
        .filter_map(|(id, back)| {
            let rto = estate.services.get(id)?.rto;
            let back_after = back.whole.map(|back| until_run.saturating_add(back));
            // Nobody waits for a service whose every VM may stay down as agreed.
            let mut own = estate.vms_of(id).peekable();
            let agreed = own.peek().is_some() && own.all(|vm| fates.waived.contains(vm));
            let never = if agreed { Level::Amber } else { Level::Red };
            let level = back_after.map_or(never, |back_after| Level::of_forecast(back_after, rto));
            Some(ServiceForecast { service: id.clone(), rto, back_after, level })
        })
        .collect()
}

/// When a service is back, from the start of the run.
struct Back {
    /// With every VM that nobody has waived; none if one of them stays down.
    whole: Option<Span>,
    /// So that services above it work: with those of its VMs that run. None if none does.
    serving: Option<Span>,
}

fn back(
    estate: &Estate,
    fates: &Fates<'_>,
    ends: &Ends,
    known: &BTreeMap<&ServiceId, Back>,
    id: &ServiceId,
) -> Back {
    let mut below_serves = Some(Span::ZERO);
    for of in below(estate, id).filter_map(|on| known.get(on)) {
        below_serves = below_serves.zip(of.serving).map(|(a, b)| a.max(b));
    }
    let waited_for = |vm: &&VmId| !fates.waived.contains(*vm) && !fates.down.contains(*vm);
    let running: Vec<&VmId> = estate.vms_of(id).filter(waited_for).collect();
    let own = running.iter().filter_map(|vm| ends.vms.get(*vm).copied());
    let own = own.chain(ends.checks.get(id).copied()).max().unwrap_or_default();
    let with_own = below_serves.map(|below| below.max(own));
    let down = estate.vms_of(id).any(|vm| fates.down.contains(vm));
    let all_down = running.is_empty() && estate.vms_of(id).next().is_some();
    Back { whole: with_own.filter(|_| !down), serving: with_own.filter(|_| !all_down) }
}

fn below<'e>(estate: &'e Estate, id: &ServiceId) -> impl Iterator<Item = &'e ServiceId> {
    estate.services.get(id).into_iter().flat_map(|service| &service.depends_on)
}

fn affected<'e>(estate: &'e Estate, lost: &BTreeSet<VmId>) -> BTreeSet<&'e ServiceId> {
    let mut affected: BTreeSet<&ServiceId> =
        lost.iter().filter_map(|vm| estate.vms.get(vm)).map(|vm| &vm.service).collect();
    loop {
        let more: Vec<&ServiceId> = estate
            .services
            .iter()
            .filter(|(id, service)| {
                !affected.contains(id) && service.depends_on.iter().any(|on| affected.contains(on))
            })
            .map(|(id, _)| id)
            .collect();
        if more.is_empty() {
            return affected;
        }
        affected.extend(more);
    }
}
