//! Which VM goes to which host.
//!
//! What is best, in this order: as many VMs of the most important tier as possible, then of the
//! next, and so on (no number of less important VMs outweighs one that is more important); then as
//! few VMs as possible that leave a host on which they run; then the lowest load of the fullest
//! host. Hosts that a VM prefers, and its home, go before that load.
//!
//! Within a tier, a VM on which others depend that are at least as important is not given up for
//! others of the tier, even where more of them would fit.
//!
//! [`seating`] fills the hosts, [`bound`] says how many VMs of each tier any placement could place
//! at most, and where the two differ for a few VMs, [`exact`] tries every placement. The result
//! depends on nothing but the request.

mod bound;
mod candidates;
mod exact;
mod ground;
mod hosts;
mod reasons;
mod seating;
mod why;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use model::estate::{Estate, Tier};
use model::id::{HostId, VmId, VolumeId};

use candidates::Candidates;
use hosts::Hosts;
use seating::Seating;

pub(crate) use ground::Ground;
pub use why::WhyShed;

use crate::copies::{Copies, Opens};
use crate::start_order::tier_of;

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

impl<'a> Request<'a> {
    /// Every VM from its own volumes, none of which is old or gone.
    pub fn with_own_volumes(
        estate: &'a Estate,
        vms: &'a BTreeSet<VmId>,
        hosts: &'a BTreeSet<HostId>,
        runs_on: &'a BTreeMap<VmId, HostId>,
    ) -> Self {
        static GONE: BTreeSet<VolumeId> = BTreeSet::new();
        static COPIES: Copies =
            Copies { stale: BTreeMap::new(), opened: BTreeMap::new(), lost: BTreeMap::new() };
        let opens = Opens { copies: &COPIES, from_copies: false };
        Self { estate, vms, hosts, runs_on, volumes_gone: &GONE, opens }
    }
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
    /// How many of those that fit leave a host on which they run and which may take VMs.
    pub moves: usize,
    /// How many of each tier fit, most important first.
    pub tiers: Vec<TierPlaced>,
}

/// How many VMs of a tier fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TierPlaced {
    /// Which tier.
    pub tier: Tier,
    /// How many were to be placed.
    pub asked: usize,
    /// How many fit.
    pub placed: usize,
    /// Proved: no placement that places at least as many VMs of each more important tier places
    /// more than so many of this one.
    pub at_most: usize,
}

impl Placement {
    /// In the most important tier of which more might fit, so many percent of what was proved to
    /// be the most are placed, rounded down. 100 says that no placement is better, as far as VMs
    /// are counted by tier.
    pub fn percent_of_the_most(&self) -> u64 {
        let open = self.tiers.iter().find(|one| one.placed < one.at_most);
        let share = |one: &TierPlaced| (one.placed as u64 * 100).checked_div(one.at_most as u64);
        open.and_then(share).unwrap_or(100)
    }

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

/// Places the VMs.
pub fn place(request: &Request<'_>) -> Placement {
    let mut ground = Ground::of(request.estate, request.runs_on, request.opens);
    let usable = ground.usable(request.hosts);
    let (rows, unknown) = ground.numbers(request.vms);
    let mut placement = place_rows(&mut ground, &rows, &usable, request.volumes_gone);
    let not_there = |id: &&VmId| ShedVm { vm: (*id).clone(), why: WhyShed::NotInEstate };
    placement.add_shed(request.estate, unknown.iter().map(not_there).collect());
    placement
}

/// Places the VMs of these numbers on the hosts that are usable.
pub(crate) fn place_rows(
    ground: &mut Ground<'_>,
    rows: &[usize],
    usable: &[bool],
    volumes_gone: &BTreeSet<VolumeId>,
) -> Placement {
    let (candidates, mut shed) = Candidates::of(ground, rows, usable, volumes_gone);
    let mut asked = vec![false; ground.rows.len()];
    for row in rows {
        asked[*row] = true;
    }
    let hosts = Hosts::of(ground, usable, &asked);
    let mut seating = Seating::of(&candidates, hosts.clone());
    let at_most = seating.fill();
    let mut tiers = tiers_of(&candidates, &seating, &at_most);
    let falls_short = tiers.iter().any(|one| one.placed < one.at_most);
    if falls_short && candidates.all.len() <= exact::FEW {
        let best = exact::best(&candidates, &hosts, &seating.seat);
        seating.reseat(&best.seats);
        tiers = tiers_of(&candidates, &seating, &at_most);
        if best.proved {
            tiers.iter_mut().for_each(|one| one.at_most = one.placed);
        }
    }
    if seating.seat.iter().all(Option::is_some) {
        seating.level();
    }
    let mut why_class: Vec<Option<WhyShed>> = vec![None; candidates.classes];
    let mut placed: Vec<(usize, usize)> = Vec::with_capacity(candidates.all.len());
    for (one, seat) in candidates.all.iter().zip(&seating.seat) {
        if let Some(host) = seat {
            placed.push((one.row, *host));
            continue;
        }
        let why = why_class[one.class].get_or_insert_with(|| {
            reasons::why_no_room(ground, &seating.hosts, one, candidates.reach_of(one))
        });
        let vm = ground.rows[one.row].id.clone();
        shed.push((one.tier, ShedVm { vm, why: why.clone() }));
    }
    shed.sort_by(|a, b| (a.0, &a.1.vm).cmp(&(b.0, &b.1.vm)));
    placed.sort_unstable();
    let named =
        |(row, host): (usize, usize)| (ground.rows[row].id.clone(), ground.hosts[host].0.clone());
    Placement {
        placed: placed.into_iter().map(named).collect(),
        shed: shed.into_iter().map(|(_, vm)| vm).collect(),
        peak_percent: seating.hosts.peak_percent(),
        moves: seating.moves(),
        tiers,
    }
}

/// How many of each tier sit.
fn tiers_of(candidates: &Candidates, seating: &Seating<'_>, at_most: &[usize]) -> Vec<TierPlaced> {
    // A tier of which no host reaches a single VM has no candidates.
    let mut tiers: BTreeMap<Tier, TierPlaced> = candidates
        .asked
        .iter()
        .map(|(tier, asked)| {
            (*tier, TierPlaced { tier: *tier, asked: *asked, placed: 0, at_most: 0 })
        })
        .collect();
    for ((tier, range), at_most) in candidates.tiers().into_iter().zip(at_most) {
        if let Some(one) = tiers.get_mut(&tier) {
            one.placed = seating.seat[range].iter().flatten().count();
            one.at_most = *at_most;
        }
    }
    tiers.into_values().collect()
}
