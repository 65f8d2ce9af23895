//! Which VM goes to which host.
//!
//! Greedy, by tier: important VMs first, then those that few hosts can take, then large ones;
//! each to where it runs already, to a host that it prefers, to its home, or to the host that is
//! least loaded. A VM that finds no room makes one by moving another VM of the same request. The
//! result depends on nothing but the request.

mod hosts;
mod why;

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use model::estate::{Estate, Tier, Vm};
use model::id::{HostId, VmId, VolumeId};

use hosts::Hosts;
pub use why::WhyShed;

use crate::copies::Opens;
use crate::start_order::tier_of;

/// How many VMs of one host are asked to move before a VM without room is given up: bounds the
/// work where half of everything does not fit.
const MOVES_TRIED_PER_HOST: usize = 256;

/// What is to be placed, and where it may go.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The estate.
    pub estate: &'a Estate,
    /// The VMs to place.
    pub vms: &'a BTreeSet<VmId>,
    /// The hosts that may take them: admitted, not lost, not fenced.
    pub hosts: &'a BTreeSet<HostId>,
    /// Where VMs run. Those that are not to be placed stay there and take room; those that are,
    /// stay there if they can.
    pub runs_on: &'a BTreeMap<VmId, HostId>,
    /// Volumes of which no copy is left.
    pub volumes_gone: &'a BTreeSet<VolumeId>,
    /// Where the starts open volumes from.
    pub(crate) opens: Opens<'a>,
}

/// Where each VM goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// Those that fit.
    pub placed: BTreeMap<VmId, HostId>,
    /// Those that fit nowhere, lowest tier first.
    pub shed: Vec<ShedVm>,
    /// The load of the fullest host that took part, in percent of its capacity.
    pub peak_percent: u64,
}

impl Placement {
    /// Adds VMs that were never to be placed.
    pub(crate) fn add_shed(&mut self, estate: &Estate, more: Vec<ShedVm>) {
        self.shed.extend(more);
        self.shed
            .sort_by(|a, b| (tier_of(estate, &a.vm), &a.vm).cmp(&(tier_of(estate, &b.vm), &b.vm)));
    }
}

/// A VM that fits nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShedVm {
    /// Which.
    pub vm: VmId,
    /// Why, and what would make it fit.
    pub why: WhyShed,
}

struct Candidate<'a> {
    id: &'a VmId,
    vm: &'a Vm,
    tier: Tier,
    size: u64,
    /// The hosts that reach all that it needs, best first by preference.
    reaching: Vec<usize>,
    /// The number of hosts at the head of `reaching` that it prefers.
    preferred: usize,
}

/// Places the VMs.
pub fn place(request: &Request<'_>) -> Placement {
    let estate = request.estate;
    let mut hosts = Hosts::of(request);
    let mut shed: Vec<(Tier, ShedVm)> = Vec::new();
    let mut candidates: Vec<Candidate<'_>> = Vec::with_capacity(request.vms.len());
    let mut by_needs = BTreeMap::new();
    for id in request.vms {
        let tier = tier_of(estate, id);
        let mut refuse = |why| shed.push((tier, ShedVm { vm: id.clone(), why }));
        let Some(vm) = estate.vms.get(id) else {
            refuse(WhyShed::NotInEstate);
            continue;
        };
        let gone: Vec<VolumeId> = vm.volumes.intersection(request.volumes_gone).cloned().collect();
        if !gone.is_empty() {
            refuse(WhyShed::NoCopyLeft { volumes: gone });
            continue;
        }
        // Hundreds of VMs need the same networks and volumes: who reaches them is asked once.
        let reaching: &Vec<usize> = by_needs
            .entry((&vm.networks, &vm.volumes, &vm.devices))
            .or_insert_with(|| hosts.reaching(request, vm));
        if reaching.is_empty() {
            refuse(hosts.why_none_reaches(request, vm));
            continue;
        }
        let (reaching, preferred) = by_preference(reaching, id, vm, request, &hosts);
        candidates.push(Candidate { id, vm, tier, size: hosts.size_of(vm), reaching, preferred });
    }
    candidates.sort_by_key(|one| (one.tier, one.reaching.len(), Reverse(one.size), one.id));
    let mut seat: Vec<Option<usize>> = vec![None; candidates.len()];
    for index in 0..candidates.len() {
        let one = &candidates[index];
        let host =
            choose(one, &hosts).or_else(|| make_room(index, &candidates, &mut seat, &mut hosts));
        match host {
            Some(host) => {
                hosts.take(host, one.vm);
                hosts.seated[host].push(index);
                seat[index] = Some(host);
            }
            None => {
                let why = hosts.why_no_room(one.vm, &one.reaching);
                shed.push((one.tier, ShedVm { vm: one.id.clone(), why }));
            }
        }
    }
    shed.sort_by(|a, b| (a.0, &a.1.vm).cmp(&(b.0, &b.1.vm)));
    Placement {
        placed: candidates
            .iter()
            .zip(&seat)
            .filter_map(|(one, host)| Some((one.id.clone(), hosts.ids[(*host)?].clone())))
            .collect(),
        shed: shed.into_iter().map(|(_, vm)| vm).collect(),
        peak_percent: hosts.peak_percent(),
    }
}

/// The hosts in order of preference: where it runs, those that it prefers, its home; then the
/// others, among which the load decides.
fn by_preference(
    reaching: &[usize],
    id: &VmId,
    vm: &Vm,
    request: &Request<'_>,
    hosts: &Hosts<'_>,
) -> (Vec<usize>, usize) {
    let wishes = request.runs_on.get(id).into_iter().chain(&vm.prefers).chain([&vm.home]);
    let mut order: Vec<usize> = Vec::with_capacity(reaching.len());
    for wish in wishes.filter_map(|wish| hosts.index_of(wish)) {
        if reaching.contains(&wish) && !order.contains(&wish) {
            order.push(wish);
        }
    }
    let preferred = order.len();
    let others: Vec<usize> =
        reaching.iter().copied().filter(|host| !order.contains(host)).collect();
    order.extend(others);
    (order, preferred)
}

fn choose(one: &Candidate<'_>, hosts: &Hosts<'_>) -> Option<usize> {
    let (preferred, others) = one.reaching.split_at(one.preferred);
    let wished = preferred.iter().copied().find(|host| hosts.takes(*host, one.vm));
    wished.or_else(|| least_loaded(one.vm, others, hosts))
}

fn least_loaded(vm: &Vm, among: &[usize], hosts: &Hosts<'_>) -> Option<usize> {
    among
        .iter()
        .copied()
        .filter(|host| hosts.takes(*host, vm))
        .min_by_key(|host| (hosts.load_with(*host, vm), *host))
}

/// Moves one VM of this request from a host that `index` reaches to another host, so that
/// `index` fits where it was. VMs that run already and stay are not touched.
fn make_room<'a>(
    index: usize,
    candidates: &[Candidate<'a>],
    seat: &mut [Option<usize>],
    hosts: &mut Hosts<'a>,
) -> Option<usize> {
    let one = &candidates[index];
    for host in one.reaching.iter().copied() {
        // Small ones, seated last, find another place most easily.
        let tried = hosts.seated[host].len().min(MOVES_TRIED_PER_HOST);
        for back in 1..=tried {
            let at = hosts.seated[host].len() - back;
            let other = hosts.seated[host][at];
            let mover = &candidates[other];
            hosts.give_back(host, mover.vm);
            let target = hosts.takes(host, one.vm).then(|| {
                let elsewhere: Vec<usize> =
                    mover.reaching.iter().copied().filter(|to| *to != host).collect();
                least_loaded(mover.vm, &elsewhere, hosts)
            });
            if let Some(Some(target)) = target {
                hosts.seated[host].remove(at);
                hosts.take(target, mover.vm);
                hosts.seated[target].push(other);
                seat[other] = Some(target);
                return Some(host);
            }
            hosts.take(host, mover.vm);
        }
    }
    None
}
