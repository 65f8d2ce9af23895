//! Who sits where: the greedy part, tier by tier.
//!
//! 1. What runs and can stay, stays.
//! 2. Tier by tier, each VM goes to a host with room: one that it prefers, its home, or the one
//!    that is least loaded. If none has room, lower tiers make way, or one VM of the same or a
//!    higher tier moves.
//! 3. If a tier does not fit whole, it is packed again, from the VMs that [`super::bound`] would
//!    take: the small ones, the largest of them first, each where it fits most tightly. The better
//!    of the two stands, and large VMs of the tier give their seats to small ones that have none.
//!
//! A VM on which others depend that are at least as important never gives way to others of its
//! tier: a database is large, and two small VMs that wait for it would gain nothing.

use model::estate::Tier;

use super::bound::{Chosen, Relaxation, Weights};
use super::candidates::{Candidate, Candidates};
use super::hosts::Hosts;

/// How many VMs and hosts are looked at, for each VM to place, to make room by moving others:
/// bounds the work where half of everything does not fit.
const LOOKS_PER_VM: usize = 200;

/// The least number of looks, for small estates.
const LOOKS_AT_LEAST: usize = 20_000;

/// Which host is taken of those that have room.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// The least loaded.
    Loose,
    /// The most loaded.
    Tight,
}

#[derive(Clone)]
pub(super) struct Seating<'a> {
    pub(super) candidates: &'a Candidates,
    pub(super) hosts: Hosts,
    pub(super) seat: Vec<Option<usize>>,
    /// The tier at hand: lower ones make way for it.
    tier: Tier,
    looks: usize,
}

impl<'a> Seating<'a> {
    pub(super) fn of(candidates: &'a Candidates, hosts: Hosts) -> Self {
        let count = candidates.all.len();
        Self {
            candidates,
            hosts,
            seat: vec![None; count],
            tier: Tier(0),
            looks: LOOKS_AT_LEAST + LOOKS_PER_VM * count,
        }
    }

    /// Seats as many as it can, and says for each tier how many at most any placement could.
    pub(super) fn fill(&mut self) -> Vec<usize> {
        let free = self.hosts.clone();
        let mut relaxation: Option<Relaxation> = None;
        self.stay();
        let mut at_most = Vec::new();
        let mut placed = Vec::new();
        for (rank, (tier, range)) in self.candidates.tiers().into_iter().enumerate() {
            self.at_tier(tier);
            let whole = range.len();
            let before = self.clone();
            let mut bound = whole;
            if self.seat_all(range.clone(), Fit::Loose) < whole {
                let (most, chosen) = relaxation
                    .get_or_insert_with(|| Relaxation::of(self.candidates, &free))
                    .at_most(rank, &placed);
                bound = most;
                if self.count(range.clone()) < most {
                    let mut packed = before;
                    packed.looks = self.looks;
                    packed.pack(range.clone(), &chosen);
                    if packed.count(range.clone()) > self.count(range.clone()) {
                        *self = packed;
                    }
                }
                self.exchange(range.clone(), chosen.weights);
            }
            at_most.push(bound);
            placed.push(self.count(range));
        }
        self.fill_what_is_left();
        at_most
    }

    fn stay(&mut self) {
        for (index, one) in self.candidates.all.iter().enumerate() {
            if let Some(host) = one.stays.filter(|host| self.hosts.takes(*host, one)) {
                self.sit(index, host);
            }
        }
    }

    /// Makes this the tier at hand.
    fn at_tier(&mut self, tier: Tier) {
        self.tier = tier;
        self.hosts.clear_below();
        for (one, host) in self.candidates.all.iter().zip(&self.seat) {
            if let (Some(host), true) = (host, one.tier > tier) {
                self.hosts.add_below(*host, one.size);
            }
        }
    }

    fn sit(&mut self, index: usize, host: usize) {
        let one = &self.candidates.all[index];
        self.hosts.seat(host, index, one);
        self.seat[index] = Some(host);
        if one.tier > self.tier {
            self.hosts.add_below(host, one.size);
        }
    }

    fn leave(&mut self, index: usize) {
        let one = &self.candidates.all[index];
        if let Some(host) = self.seat[index].take() {
            self.hosts.unseat(host, index, one);
            if one.tier > self.tier {
                self.hosts.take_below(host, one.size);
            }
        }
    }

    fn count(&self, range: std::ops::Range<usize>) -> usize {
        self.seat[range].iter().flatten().count()
    }

    /// Seats what it can of these, in their order; how many of them sit then.
    fn seat_all(&mut self, range: std::ops::Range<usize>, fit: Fit) -> usize {
        let without: Vec<usize> = range.clone().filter(|one| self.seat[*one].is_none()).collect();
        self.seat_each(&without, fit);
        self.count(range)
    }

    fn seat_each(&mut self, order: &[usize], fit: Fit) {
        // What found no place finds none for its like either, unless something has moved.
        let mut failed = vec![false; self.candidates.classes];
        for index in order.iter().copied() {
            let one = &self.candidates.all[index];
            if failed[one.class] || self.seat[index].is_some() {
                continue;
            }
            let host = self
                .choose(one, fit)
                .or_else(|| self.oust(index))
                .or_else(|| self.make_room(index));
            match host {
                Some(host) => self.sit(index, host),
                None => failed[one.class] = true,
            }
        }
    }

    fn choose(&self, one: &Candidate, fit: Fit) -> Option<usize> {
        let wished = one.stays.iter().chain(&one.wishes).copied();
        let mut wished = wished.filter(|host| self.hosts.takes(*host, one));
        wished.next().or_else(|| {
            let reach = self.candidates.reach_of(one).iter().copied();
            let roomy = reach.filter(|host| self.hosts.takes(*host, one));
            let load = |host: &usize| (self.hosts.load_with(*host, one.size), *host);
            match fit {
                Fit::Loose => roomy.min_by_key(load),
                Fit::Tight => roomy.max_by_key(load),
            }
        })
    }

    /// Takes VMs of lower tiers away from the host where least must go.
    fn oust(&mut self, index: usize) -> Option<usize> {
        let one = &self.candidates.all[index];
        let reach = self.candidates.reach_of(one).iter().copied();
        let host = reach
            .filter(|host| self.fits_without_lower(*host, one))
            .min_by_key(|host| (self.hosts.load_with(*host, one.size), *host))?;
        self.clear_for(host, one);
        Some(host)
    }

    /// Whether it would fit there if no VM of a lower tier were there.
    fn fits_without_lower(&self, host: usize, one: &Candidate) -> bool {
        self.hosts.takes_without_lower(host, one.size)
            && (!self.hosts.keeps_apart(host, one) || self.lower_of_group(host, one).is_some())
    }

    /// The VM of a lower tier from which it is kept apart there.
    fn lower_of_group(&self, host: usize, one: &Candidate) -> Option<usize> {
        let is_one = |index: &usize| {
            let other = &self.candidates.all[*index];
            other.group == one.group && other.tier > self.tier
        };
        one.group.and_then(|_| self.hosts.seated[host].iter().copied().find(is_one))
    }

    /// Takes VMs of lower tiers away from there until it fits: the lowest tier first; of it, one
    /// that makes room enough, as small as there is, or else the largest.
    fn clear_for(&mut self, host: usize, one: &Candidate) {
        while !self.hosts.takes(host, one) {
            let apart = self.hosts.keeps_apart(host, one);
            let next = if apart { self.lower_of_group(host, one) } else { None };
            let next = next.or_else(|| {
                let all = &self.candidates.all;
                let lower = self.hosts.seated[host].iter().copied();
                lower.filter(|index| all[*index].tier > self.tier).max_by_key(|index| {
                    let other = &all[*index];
                    let size = self.hosts.load_of(host, other.size);
                    let enough = self.hosts.has_room_instead(host, one.size, other.size);
                    let by_size = if enough { u64::MAX - size } else { size };
                    (other.tier, enough, by_size, *index)
                })
            });
            match next {
                Some(index) => self.leave(index),
                None => return,
            }
        }
    }

    /// Moves one VM of this or a higher tier from a host that `index` reaches to another host, so
    /// that `index` fits where it was. Of those that could go, one that does not run yet.
    fn make_room(&mut self, index: usize) -> Option<usize> {
        let one = &self.candidates.all[index];
        // For each class: two hosts that could take one of it, once they were looked for.
        let mut targets: Vec<Option<[Option<usize>; 2]>> = vec![None; self.candidates.classes];
        let mut found: Option<(bool, usize, usize, usize)> = None;
        let mut looks = self.looks;
        'hosts: for host in self.candidates.reach_of(one).iter().copied() {
            if self.hosts.keeps_apart(host, one) {
                continue;
            }
            // What came last is smallest, and finds another place most easily.
            for other in self.hosts.seated[host].iter().rev().copied() {
                let mover = &self.candidates.all[other];
                looks = looks.saturating_sub(1);
                if looks == 0 {
                    break 'hosts;
                }
                if mover.tier > self.tier
                    || !self.hosts.has_room_instead_without_lower(host, one.size, mover.size)
                {
                    continue;
                }
                let runs = mover.stays == Some(host);
                if runs && found.is_some() {
                    continue;
                }
                let known = targets[mover.class].get_or_insert_with(|| {
                    let reach = self.candidates.reach_of(mover);
                    looks = looks.saturating_sub(reach.len());
                    let mut fits =
                        reach.iter().copied().filter(|to| self.fits_without_lower(*to, mover));
                    [fits.next(), fits.next()]
                });
                if let Some(to) = known.iter().flatten().copied().find(|to| *to != host) {
                    found = Some((runs, host, other, to));
                    if !runs {
                        break 'hosts;
                    }
                }
            }
        }
        self.looks = looks;
        let (_, host, other, to) = found?;
        self.leave(other);
        self.clear_for(to, &self.candidates.all[other]);
        self.sit(other, to);
        self.clear_for(host, one);
        Some(host)
    }

    /// Packs a tier that does not fit whole: so many of each class.
    fn pack(&mut self, range: std::ops::Range<usize>, chosen: &Chosen) {
        // Hardly any VM of a lower tier will find room. Those that do, come back when it is their
        // turn; each asks for its own host first.
        for index in range.end..self.candidates.all.len() {
            self.leave(index);
        }
        let all = &self.candidates.all;
        let weight = |index: &usize| (chosen.weights.of(all[*index].size), *index);
        let mut left = chosen.of_class.clone();
        let mut order: Vec<usize> = Vec::with_capacity(range.len());
        let (seated, without): (Vec<usize>, Vec<usize>) =
            range.clone().partition(|index| self.seat[*index].is_some());
        // What runs is chosen first: it need not move.
        for index in seated {
            match left[all[index].class].checked_sub(1) {
                Some(rest) => left[all[index].class] = rest,
                None if all[index].carries => {}
                None => self.leave(index),
            }
        }
        for index in without {
            let class = all[index].class;
            if all[index].carries || left[class] > 0 {
                left[class] = left[class].saturating_sub(1);
                order.push(index);
            }
        }
        order.sort_by_cached_key(|index| (!all[*index].carries, std::cmp::Reverse(weight(index))));
        self.seat_each(&order, Fit::Tight);
        let mut rest: Vec<usize> = range.filter(|index| self.seat[*index].is_none()).collect();
        rest.sort_by_cached_key(|index| (!all[*index].carries, weight(index)));
        self.seat_each(&rest, Fit::Tight);
    }

    /// Of a tier that does not fit whole, large VMs give their seats to small ones that have none:
    /// as many are placed, and more room is left.
    fn exchange(&mut self, range: std::ops::Range<usize>, weights: Weights) {
        let all = &self.candidates.all;
        let mut without: Vec<usize> =
            range.clone().filter(|index| self.seat[*index].is_none()).collect();
        without.sort_by_cached_key(|index| (weights.of(all[*index].size), *index));
        let mut failed = vec![false; self.candidates.classes];
        for index in without {
            let one = &all[index];
            if failed[one.class] || self.looks == 0 {
                continue;
            }
            if let Some(host) = self.choose(one, Fit::Tight) {
                self.sit(index, host);
                continue;
            }
            let mut largest: Option<(u128, usize, usize)> = None;
            for host in self.candidates.reach_of(one).iter().copied() {
                self.looks = self.looks.saturating_sub(self.hosts.seated[host].len());
                let apart = self.hosts.keeps_apart(host, one);
                for other in self.hosts.seated[host].iter().copied() {
                    let large = &all[other];
                    let weight = weights.of(large.size);
                    if large.tier == one.tier
                        && (one.carries || !large.carries)
                        && (!apart || large.group == one.group)
                        && weight > weights.of(one.size)
                        && largest.is_none_or(|(most, ..)| weight > most)
                        && self.hosts.has_room_instead(host, one.size, large.size)
                    {
                        largest = Some((weight, other, host));
                    }
                }
            }
            match largest {
                Some((_, other, host)) => {
                    self.leave(other);
                    self.sit(index, host);
                }
                None => failed[one.class] = true,
            }
        }
    }

    /// Moves may have opened holes: what fits into one is seated, important ones first, until
    /// nothing fits any more.
    fn fill_what_is_left(&mut self) {
        let tiers = self.candidates.tiers();
        let mut again = true;
        while again {
            again = false;
            for (tier, range) in &tiers {
                let without: Vec<usize> =
                    range.clone().filter(|index| self.seat[*index].is_none()).collect();
                if without.is_empty() {
                    continue;
                }
                self.at_tier(*tier);
                let mut failed = vec![false; self.candidates.classes];
                for index in without {
                    let one = &self.candidates.all[index];
                    if failed[one.class] {
                        continue;
                    }
                    match self.choose(one, Fit::Tight).or_else(|| self.oust(index)) {
                        Some(host) => {
                            self.sit(index, host);
                            again = true;
                        }
                        None => failed[one.class] = true,
                    }
                }
            }
        }
    }

    /// How many VMs go away from a host on which they run and which may take VMs.
    pub(super) fn moves(&self) -> usize {
        let moved = |(one, seat): (&Candidate, &Option<usize>)| {
            seat.is_some_and(|seat| one.on.is_some_and(|on| on != seat))
        };
        self.candidates.all.iter().zip(&self.seat).filter(|pair| moved(*pair)).count()
    }

    /// Another choice of seats, made elsewhere.
    pub(super) fn reseat(&mut self, seats: &[Option<usize>]) {
        for index in 0..seats.len() {
            self.leave(index);
        }
        for (index, seat) in seats.iter().enumerate() {
            if let Some(host) = seat {
                self.sit(index, *host);
            }
        }
    }

    /// Moves VMs that need not stay from the fullest host to others, while that lowers its load.
    pub(super) fn level(&mut self) {
        let hosts: Vec<usize> = self.hosts.all_usable().collect();
        let nothing = super::hosts::Size::default();
        loop {
            let Some(fullest) = hosts
                .iter()
                .copied()
                .max_by_key(|host| (self.hosts.load_with(*host, nothing), *host))
            else {
                return;
            };
            let peak = self.hosts.load_with(fullest, nothing);
            let mut best: Option<(u64, usize, usize)> = None;
            let mut seen = vec![false; self.candidates.classes];
            for index in self.hosts.seated[fullest].iter().copied() {
                let one = &self.candidates.all[index];
                let wished = one.stays == Some(fullest) || one.wishes.contains(&fullest);
                if wished || std::mem::replace(&mut seen[one.class], true) {
                    continue;
                }
                let reach = self.candidates.reach_of(one);
                self.looks = self.looks.saturating_sub(reach.len());
                for to in reach.iter().copied().filter(|to| *to != fullest) {
                    let load = self.hosts.load_with(to, one.size);
                    let left = self.hosts.load_without(fullest, one.size);
                    let load = load.max(left);
                    if load < peak
                        && best.is_none_or(|(least, ..)| load < least)
                        && self.hosts.takes(to, one)
                    {
                        best = Some((load, index, to));
                    }
                }
            }
            match best {
                Some((_, index, to)) if self.looks > 0 => {
                    self.leave(index);
                    self.sit(index, to);
                }
                _ => return,
            }
        }
    }
}
