//! What holds of every placement, on estates drawn from seeds.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use model::estate::{Estate, Tier};
use model::id::{HostId, VmId};
use proptest::prelude::*;

use super::candidates::Candidates;
use super::hosts::Hosts;
use super::seating::Seating;
use super::{Ground, Placement, Request, TierPlaced, place, tiers_of};
use crate::start_order::tier_of;
use crate::synthetic::Recipe;

/// Every VM of the estate is to be placed anew, and some hosts are gone.
struct Case {
    estate: Estate,
    vms: BTreeSet<VmId>,
    hosts: BTreeSet<HostId>,
    runs_on: BTreeMap<VmId, HostId>,
}

impl Case {
    fn of(recipe: Recipe, gone: impl Fn(&str) -> bool) -> Self {
        let estate = recipe.draw();
        let vms = estate.vms.keys().cloned().collect();
        let hosts = estate.hosts.keys().filter(|id| !gone(id.as_str())).cloned().collect();
        let runs_on = estate.vms.iter().map(|(id, vm)| (id.clone(), vm.home.clone())).collect();
        Self { estate, vms, hosts, runs_on }
    }

    fn room_a_lost(recipe: Recipe) -> Self {
        Self::of(recipe, |host| host.starts_with('a'))
    }

    fn request(&self) -> Request<'_> {
        Request::with_own_volumes(&self.estate, &self.vms, &self.hosts, &self.runs_on)
    }

    /// The greedy part alone, with its bound.
    fn greedy(&self) -> Vec<TierPlaced> {
        let request = self.request();
        let mut ground = Ground::of(request.estate, request.runs_on, request.opens);
        let usable = ground.usable(request.hosts);
        let (rows, _) = ground.numbers(request.vms);
        let (candidates, _) = Candidates::of(&mut ground, &rows, &usable, request.volumes_gone);
        let asked: Vec<bool> = (0..ground.rows.len()).map(|row| rows.contains(&row)).collect();
        let mut seating = Seating::of(&candidates, Hosts::of(&ground, &usable, &asked));
        let at_most = seating.fill();
        tiers_of(&candidates, &seating, &at_most)
    }

    /// What is taken of each host, and which groups sit there, with the VMs up to this tier.
    fn taken(&self, placement: &Placement, up_to: Tier) -> Taken {
        let mut taken = Taken::default();
        for (id, host) in &placement.placed {
            if tier_of(&self.estate, id) <= up_to {
                let vm = &self.estate.vms[id];
                let load = taken.loads.entry(host.clone()).or_default();
                *load = (load.0 + u64::from(vm.cpus.0), load.1 + vm.memory_mib.0);
                if let Some(group) = &vm.anti_affinity {
                    let alone = taken.groups.insert((group.clone(), host.clone()));
                    assert!(alone, "two of {group} on {host}");
                }
            }
        }
        taken
    }

    fn fits(&self, taken: &Taken, id: &VmId, host: &HostId) -> bool {
        let (vm, there) = (&self.estate.vms[id], &self.estate.hosts[host]);
        let (cpus, mib) = taken.loads.get(host).copied().unwrap_or_default();
        let together = |group: &String| taken.groups.contains(&(group.clone(), host.clone()));
        self.estate.reaches(there, vm)
            && cpus + u64::from(vm.cpus.0) <= u64::from(there.cpu_capacity().0)
            && mib + vm.memory_mib.0 <= there.memory_capacity().0
            && !vm.anti_affinity.as_ref().is_some_and(together)
    }
}

#[derive(Default)]
struct Taken {
    loads: BTreeMap<HostId, (u64, u64)>,
    groups: BTreeSet<(String, HostId)>,
}

fn recipes(
    vms: std::ops::Range<usize>,
    hosts: std::ops::Range<usize>,
) -> impl Strategy<Value = Recipe> {
    (vms, hosts, 25_u64..150, any::<u64>()).prop_map(|(vms, hosts, fits_percent, seed)| Recipe {
        vms,
        hosts,
        fits_percent,
        seed,
    })
}

/// For each number of VMs of the tiers that can be had together, whether it can: all ways to seat
/// a few VMs, one by one.
fn every_way(case: &Case) -> BTreeSet<Vec<usize>> {
    let tiers: Vec<Tier> = case.vms.iter().map(|id| tier_of(&case.estate, id)).collect();
    let distinct: Vec<Tier> = tiers.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let mut open = vec![(Placement::default(), vec![0; distinct.len()])];
    for (id, tier) in case.vms.iter().zip(&tiers) {
        let rank = distinct.binary_search(tier).unwrap();
        for (placement, counts) in std::mem::take(&mut open) {
            let taken = case.taken(&placement, Tier(u8::MAX));
            for host in case.hosts.iter().filter(|host| case.fits(&taken, id, host)) {
                let (mut placement, mut counts) = (placement.clone(), counts.clone());
                placement.placed.insert(id.clone(), host.clone());
                counts[rank] += 1;
                open.push((placement, counts));
            }
            open.push((placement, counts));
        }
    }
    open.into_iter().map(|(_, counts)| counts).collect()
}

proptest! {
    /// Each VM is placed or shed, once; nothing is over capacity, together with one that it is
    /// kept apart from, or where it does not reach what it needs.
    #[test]
    fn every_rule_is_kept_at_any_size(recipe in recipes(1..200, 2..40)) {
        let case = Case::room_a_lost(recipe);
        let placement = place(&case.request());
        prop_assert_eq!(&placement, &place(&case.request()), "another answer to the same request");
        let shed: BTreeSet<VmId> = placement.shed.iter().map(|shed| shed.vm.clone()).collect();
        let placed: BTreeSet<VmId> = placement.placed.keys().cloned().collect();
        prop_assert!(placed.is_disjoint(&shed));
        prop_assert_eq!(placed.union(&shed).cloned().collect::<BTreeSet<_>>(), case.vms.clone());
        for (id, host) in &placement.placed {
            prop_assert!(case.hosts.contains(host));
            prop_assert!(case.estate.reaches(&case.estate.hosts[host], &case.estate.vms[id]));
        }
        for (host, (cpus, mib)) in &case.taken(&placement, Tier(u8::MAX)).loads {
            let there = &case.estate.hosts[host];
            prop_assert!(*cpus <= u64::from(there.cpu_capacity().0), "{host}");
            prop_assert!(*mib <= there.memory_capacity().0, "{host}");
        }
    }

    /// A VM is left down only if it would fit nowhere even if every less important VM were gone.
    #[test]
    fn nothing_is_left_down_for_something_less_important(recipe in recipes(1..120, 2..12)) {
        let case = Case::room_a_lost(recipe);
        let placement = place(&case.request());
        for shed in &placement.shed {
            let taken = case.taken(&placement, tier_of(&case.estate, &shed.vm));
            for host in &case.hosts {
                prop_assert!(!case.fits(&taken, &shed.vm, host), "{} on {host}", shed.vm);
            }
        }
    }

    /// What is said of tiers is so, and no tier has more than was proved to be the most.
    #[test]
    fn tiers_are_counted_and_within_their_bound(recipe in recipes(1..200, 2..40)) {
        let case = Case::room_a_lost(recipe);
        let placement = place(&case.request());
        let of = |tier: Tier, id: &VmId| tier_of(&case.estate, id) == tier;
        for one in &placement.tiers {
            prop_assert_eq!(one.asked, case.vms.iter().filter(|id| of(one.tier, id)).count());
            let placed = placement.placed.keys().filter(|id| of(one.tier, id)).count();
            prop_assert_eq!(one.placed, placed);
            prop_assert!(one.placed <= one.at_most && one.at_most <= one.asked, "{one:?}");
        }
        let moved = placement.placed.iter().filter(|(id, host)| {
            let on = &case.runs_on[*id];
            case.hosts.contains(on) && on != *host
        });
        prop_assert_eq!(placement.moves, moved.count());
    }

    /// Of a few VMs the placement is the best there is, tier by tier.
    #[test]
    fn a_few_vms_are_placed_as_well_as_can_be(recipe in recipes(1..7, 4..7)) {
        let case = Case::room_a_lost(recipe);
        let placement = place(&case.request());
        let counts: Vec<usize> = placement.tiers.iter().map(|one| one.placed).collect();
        let ways = every_way(&case);
        prop_assert_eq!(Some(&counts), ways.last());
        prop_assert_eq!(placement.percent_of_the_most(), 100);
    }

    /// No way to seat a few VMs has more of a tier than the bound says, where it has at least as
    /// many of each more important one.
    #[test]
    fn no_way_to_seat_a_few_vms_passes_the_bound(recipe in recipes(1..7, 4..9)) {
        let case = Case::room_a_lost(recipe);
        let greedy = case.greedy();
        for counts in every_way(&case) {
            for (rank, one) in greedy.iter().enumerate() {
                if counts[..rank].iter().zip(&greedy).all(|(count, higher)| *count >= higher.placed) {
                    prop_assert!(counts[rank] <= one.at_most, "{counts:?} {greedy:?}");
                }
            }
        }
    }

    /// While everything fits, no VM is large beside a host and nothing is kept apart, what runs where
    /// it can stay, stays.
    #[test]
    fn nothing_moves_while_one_host_is_lost_and_all_fit(recipe in recipes(150..300, 8..12)) {
        let recipe = Recipe { fits_percent: 150, ..recipe };
        let lost = recipe.draw().hosts.keys().next().cloned().unwrap();
        let mut case = Case::of(recipe, |host| host == lost.as_str());
        case.estate.vms.values_mut().for_each(|vm| vm.anti_affinity = None);
        let placement = place(&case.request());
        prop_assert_eq!(placement.shed, []);
        prop_assert_eq!(placement.moves, 0);
    }
}

#[test]
fn a_drawn_estate_depends_on_its_seed_alone() {
    let recipe = Recipe { vms: 300, hosts: 24, fits_percent: 90, seed: 7 };
    assert_eq!(recipe.draw(), recipe.draw());
    assert_ne!(recipe.draw(), Recipe { seed: 8, ..recipe }.draw());
}

#[test]
fn a_drawn_estate_fits_at_home() {
    for seed in 0..20 {
        let recipe = Recipe { vms: 400, hosts: 10, fits_percent: 80, seed };
        let case = Case::of(recipe, |_| false);
        let placement = place(&case.request());
        assert_eq!(placement.shed, [], "seed {seed}");
        assert_eq!(placement.moves, 0, "seed {seed}");
        assert!(placement.peak_percent <= 100);
    }
}

#[test]
fn where_much_is_left_down_the_proof_is_close() {
    for (fits_percent, seed) in [(60, 1), (75, 2), (90, 3)] {
        let case = Case::room_a_lost(Recipe { vms: 450, hosts: 8, fits_percent, seed });
        let placement = place(&case.request());
        assert!(!placement.shed.is_empty());
        assert!(placement.percent_of_the_most() >= 97, "{:?}", placement.tiers);
    }
}
