//! How many VMs of a tier any placement could place at most: a proof, not an estimate.
//!
//! For a set of hosts (those that some VMs reach, and all of them) only their free capacity as a
//! whole counts, not how it is split among them. Within it, as many VMs as possible are the
//! smallest ones, by any weighting of CPU and memory; the VMs of higher tiers that are placed take
//! their part first, at least that of the smallest of them. VMs that are kept apart are at most as
//! many as hosts that could take one, and sets within a set hold no more than was found for them.
//! The least of all these numbers is the bound.

use std::collections::BTreeMap;

use super::candidates::Candidates;
use super::hosts::{Hosts, Size};

/// How many sets of hosts are looked at, beside the set of all.
const CUTS: usize = 200;

/// Parts of the weight that go to CPU, of [`WHOLE`]; the rest goes to memory.
const CPU_PARTS: [u128; 7] = [0, 12, 6, 3, 9, 1, 11];

const WHOLE: u128 = 12;

/// What a unit of each resource weighs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weights {
    cpu: u128,
    memory: u128,
}

impl Weights {
    pub(super) fn of(self, size: Size) -> u128 {
        u128::from(size.cpus) * self.cpu + u128::from(size.memory) * self.memory
    }
}

/// The candidates of one class.
struct Class {
    rank: usize,
    size: Size,
    /// None where no host could take even one.
    count: usize,
    needs: usize,
    group: Option<usize>,
    /// The number of the limit that it shares with others of its group.
    cap: Option<usize>,
    /// The nested sets of hosts outside of which it reaches nothing, small ones first.
    chain: Vec<usize>,
}

/// A set of hosts.
struct Cut {
    free: Size,
    /// By rank: the classes that reach nothing else.
    inside: Vec<Vec<usize>>,
    /// By number of set: a nested one, within this one.
    holds: Vec<bool>,
}

/// The problem without the walls between hosts.
pub(super) struct Relaxation {
    classes: Vec<Class>,
    by_rank: Vec<Vec<usize>>,
    cuts: Vec<Cut>,
    caps: Vec<usize>,
    weightings: Vec<Weights>,
    /// By rank and set of hosts, where it was asked for.
    most: Vec<Vec<usize>>,
}

/// Of how many VMs of each class a bound is made, by number of class, and the weighting by which
/// these are small.
pub(super) struct Chosen {
    pub(super) of_class: Vec<usize>,
    pub(super) weights: Weights,
}

impl Relaxation {
    /// With what runs on the hosts and is not to be placed.
    pub(super) fn of(candidates: &Candidates, hosts: &Hosts) -> Self {
        let mut found: Vec<Option<Class>> = (0..candidates.classes).map(|_| None).collect();
        let mut rank = 0;
        let mut tier = None;
        for one in &candidates.all {
            if tier.replace(one.tier).is_some_and(|before| before != one.tier) {
                rank += 1;
            }
            let class = found[one.class].get_or_insert_with(|| Class {
                rank,
                size: one.size,
                count: 0,
                needs: one.needs,
                group: one.group,
                cap: None,
                chain: Vec::new(),
            });
            class.count += 1;
        }
        let mut classes: Vec<Class> = found.into_iter().flatten().collect();
        let mut by_rank = vec![Vec::new(); rank + 1];
        for (number, class) in classes.iter_mut().enumerate() {
            by_rank[class.rank].push(number);
            let mut reach = candidates.reach[class.needs].iter();
            if !reach.any(|host| hosts.has_room(*host, class.size)) {
                class.count = 0;
            }
        }
        let free = free_in_steps(hosts, &classes);
        let caps = caps_of(candidates, hosts, &mut classes);
        let cuts = cuts_of(candidates, hosts, &mut classes, &free, rank + 1);
        let total = cuts.last().map(|cut| cut.free).unwrap_or_default();
        let weightings = CPU_PARTS
            .iter()
            .map(|cpu| Weights {
                cpu: cpu * u128::from(total.memory.max(1)),
                memory: (WHOLE - cpu) * u128::from(total.cpus.max(1)),
            })
            .collect();
        Self { classes, by_rank, cuts, caps, weightings, most: vec![Vec::new(); rank + 1] }
    }

    /// At most so many VMs of the tier of that rank are placed where of each higher tier at least
    /// as many are as `placed` says.
    pub(super) fn at_most(&mut self, rank: usize, placed: &[usize]) -> (usize, Chosen) {
        let all: usize = self.count(&self.by_rank[rank]);
        let mut most = all;
        let mut most_in: Vec<usize> = Vec::with_capacity(self.cuts.len());
        let nothing = vec![0; self.classes.len()];
        let mut last = Chosen { of_class: nothing, weights: Weights::default() };
        for cut in &self.cuts {
            let inside = self.count(&cut.inside[rank]);
            // Of each higher tier so many at least are within the set.
            let needed: Vec<usize> = (0..rank)
                .map(|rank| placed[rank].saturating_sub(self.most_outside(cut, rank)))
                .collect();
            let mut least = usize::MAX;
            for weights in &self.weightings {
                let (count, of_class) = self.smallest_in(cut, rank, &needed, *weights, &most_in);
                if count < least {
                    least = count;
                    last = Chosen { of_class, weights: *weights };
                }
            }
            most_in.push(least);
            most = most.min(least + (all - inside));
        }
        self.most[rank] = most_in;
        // The last set is that of all hosts.
        (most, last)
    }

    fn count(&self, classes: &[usize]) -> usize {
        classes.iter().map(|class| self.classes[*class].count).sum()
    }

    /// How many of a tier at most are not bound to that set of hosts.
    fn most_outside(&self, cut: &Cut, rank: usize) -> usize {
        let most = &self.most[rank];
        if most.is_empty() {
            return self.count(&self.by_rank[rank]) - self.count(&cut.inside[rank]);
        }
        let bound: std::collections::BTreeSet<usize> = cut.inside[rank].iter().copied().collect();
        let mut free = 0;
        let mut within: BTreeMap<usize, usize> = BTreeMap::new();
        for number in self.by_rank[rank].iter().filter(|class| !bound.contains(class)) {
            let class = &self.classes[*number];
            // The largest nested set that holds it.
            match class.chain.last() {
                Some(set) => *within.entry(*set).or_default() += class.count,
                None => free += class.count,
            }
        }
        free + within.into_iter().map(|(set, count)| count.min(most[set])).sum::<usize>()
    }

    /// How many of the smallest fit into the set of hosts as if it were one host.
    fn smallest_in(
        &self,
        cut: &Cut,
        rank: usize,
        needed: &[usize],
        weights: Weights,
        most_in: &[usize],
    ) -> (usize, Vec<usize>) {
        let higher: u128 =
            (0..rank).map(|rank| self.least_of(cut, rank, needed[rank], weights)).sum();
        let mut left = weights.of(cut.free).saturating_sub(higher);
        let mut caps = self.caps.clone();
        let mut rooms = most_in.to_vec();
        let mut order: Vec<(u128, usize)> =
            cut.inside[rank].iter().map(|at| (weights.of(self.classes[*at].size), *at)).collect();
        order.sort_unstable();
        let mut chosen = vec![0; self.classes.len()];
        let mut count = 0;
        for (weight, at) in order {
            let class = &self.classes[at];
            let mut take = class.count;
            if let Some(cap) = class.cap {
                take = take.min(caps[cap]);
            }
            let sets = || class.chain.iter().copied().filter(|set| cut.holds[*set]);
            for set in sets() {
                take = take.min(rooms[set]);
            }
            if let Some(fit) = left.checked_div(weight) {
                take = take.min(usize::try_from(fit).unwrap_or(usize::MAX));
            }
            left -= weight * take as u128;
            if let Some(cap) = class.cap {
                caps[cap] -= take;
            }
            for set in sets() {
                rooms[set] -= take;
            }
            chosen[at] = take;
            count += take;
        }
        (count, chosen)
    }

    /// What so many VMs of a tier take at least of a set of hosts.
    fn least_of(&self, cut: &Cut, rank: usize, needed: usize, weights: Weights) -> u128 {
        let inside = cut.inside[rank].iter().map(|class| &self.classes[*class]);
        let mut inside: Vec<(u128, usize)> =
            inside.map(|class| (weights.of(class.size), class.count)).collect();
        if needed < inside.iter().map(|(_, count)| count).sum() {
            inside.sort_unstable();
        }
        let mut left = needed;
        let mut sum = 0;
        for (weight, count) in inside {
            let take = count.min(left);
            sum += weight * take as u128;
            left -= take;
        }
        sum
    }
}

/// What is free of each host, as far as sums of what is to be placed can use it: where every VM
/// takes a multiple of 4 GiB, the last 3 GiB of a host are of no use.
fn free_in_steps(hosts: &Hosts, classes: &[Class]) -> Vec<Size> {
    let step = classes.iter().fold(Size::default(), |step, class| Size {
        cpus: common_divisor(step.cpus, class.size.cpus),
        memory: common_divisor(step.memory, class.size.memory),
    });
    let down = |free: u64, step: u64| free - free.checked_rem(step).unwrap_or(0);
    let free = |host: usize| {
        let free = hosts.free(host);
        Size { cpus: down(free.cpus, step.cpus), memory: down(free.memory, step.memory) }
    };
    (0..hosts.usable.len())
        .map(|host| if hosts.usable[host] { free(host) } else { Size::default() })
        .collect()
}

fn common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

/// The sets of hosts that some VMs reach, small ones first, and the set of all at the end; each
/// class is told in which it is.
fn cuts_of(
    candidates: &Candidates,
    hosts: &Hosts,
    classes: &mut [Class],
    free: &[Size],
    ranks: usize,
) -> Vec<Cut> {
    let everywhere: Vec<usize> = hosts.all_usable().collect();
    let mut sets: BTreeMap<&[usize], usize> = BTreeMap::new();
    for class in classes.iter() {
        let reach = &candidates.reach[class.needs];
        if reach.len() < everywhere.len() {
            *sets.entry(reach).or_default() += class.count;
        }
    }
    let mut sets: Vec<(&[usize], usize)> = sets.into_iter().collect();
    sets.sort_by_key(|(set, count)| (std::cmp::Reverse(*count), *set));
    sets.truncate(CUTS);
    let mut sets: Vec<&[usize]> = sets.into_iter().map(|(set, _)| set).collect();
    sets.sort_by_key(|set| (set.len(), *set));
    sets.push(&everywhere);
    let last = sets.len() - 1;
    let mut nested: Vec<usize> = Vec::new();
    let mut cuts: Vec<Cut> = Vec::with_capacity(sets.len());
    for (number, set) in sets.iter().enumerate() {
        let mut member = vec![false; hosts.usable.len()];
        let mut sum = Size::default();
        for host in *set {
            member[*host] = true;
            sum.cpus += free[*host].cpus;
            sum.memory += free[*host].memory;
        }
        let mut crosses = false;
        let mut holds = vec![false; sets.len()];
        for other in &nested {
            let shared = sets[*other].iter().filter(|host| member[**host]).count();
            holds[*other] = shared == sets[*other].len();
            crosses |= shared > 0 && !holds[*other];
        }
        let is_inside: Vec<bool> =
            candidates.reach.iter().map(|reach| reach.iter().all(|host| member[*host])).collect();
        let mut inside = vec![Vec::new(); ranks];
        for (at, class) in classes.iter_mut().enumerate().filter(|(_, c)| is_inside[c.needs]) {
            inside[class.rank].push(at);
            if !crosses && number != last {
                class.chain.push(number);
            }
        }
        if !crosses {
            nested.push(number);
        }
        cuts.push(Cut { free: sum, inside, holds });
    }
    cuts
}

/// How many members of a group that reach the same hosts can be placed: as many as those hosts
/// that hold none of the group. Each class is told its limit.
fn caps_of(candidates: &Candidates, hosts: &Hosts, classes: &mut [Class]) -> Vec<usize> {
    let mut caps = Vec::new();
    let mut numbered: BTreeMap<(usize, &[usize]), usize> = BTreeMap::new();
    for class in classes {
        if let Some(group) = class.group {
            let reach: &[usize] = &candidates.reach[class.needs];
            let cap = *numbered.entry((group, reach)).or_insert_with(|| {
                caps.push(reach.iter().filter(|host| !hosts.holds_group(**host, group)).count());
                caps.len() - 1
            });
            class.cap = Some(cap);
        }
    }
    caps
}
