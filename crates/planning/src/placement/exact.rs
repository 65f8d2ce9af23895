//! The best placement of a few VMs, by trying every one that could be better. A VM on which others
//! depend that are at least as important keeps a place that it has.

use super::candidates::Candidates;
use super::hosts::Hosts;

/// Of how many VMs every placement is tried at most.
pub(super) const FEW: usize = 24;

/// How many seats are tried before the search is given up: what was found until then stands, but
/// proves nothing.
const TRIES: usize = 30_000;

/// What is compared, better ones greater: how many of each tier are placed, the most important
/// first, then how few move.
type Worth = (Vec<usize>, std::cmp::Reverse<usize>);

pub(super) struct Best {
    pub(super) seats: Vec<Option<usize>>,
    /// Nothing better exists.
    pub(super) proved: bool,
}

struct Search<'a> {
    candidates: &'a Candidates,
    rank_of: Vec<usize>,
    hosts: Hosts,
    seats: Vec<Option<usize>>,
    /// Placed of each tier, and how many of it are still to come.
    placed: Vec<usize>,
    to_come: Vec<usize>,
    moves: usize,
    best: Vec<Option<usize>>,
    worth: Worth,
    tries: usize,
    /// By candidate: it must not be left down.
    kept: Vec<bool>,
    /// Something was not tried because of that.
    spared: bool,
}

/// Looks for something better than these seats.
pub(super) fn best(candidates: &Candidates, free: &Hosts, seats: &[Option<usize>]) -> Best {
    let tiers = candidates.tiers();
    let mut rank_of = vec![0; candidates.all.len()];
    for (rank, (_, range)) in tiers.iter().enumerate() {
        rank_of[range.clone()].fill(rank);
    }
    let mut placed = vec![0; tiers.len()];
    let mut moves = 0;
    for (index, host) in seats.iter().enumerate() {
        if let Some(host) = host {
            placed[rank_of[index]] += 1;
            moves += usize::from(candidates.all[index].on.is_some_and(|on| on != *host));
        }
    }
    let mut search = Search {
        candidates,
        rank_of,
        hosts: free.clone(),
        seats: vec![None; seats.len()],
        placed: vec![0; tiers.len()],
        to_come: tiers.iter().map(|(_, range)| range.len()).collect(),
        moves: 0,
        best: seats.to_vec(),
        worth: (placed, std::cmp::Reverse(moves)),
        tries: TRIES,
        kept: candidates
            .all
            .iter()
            .zip(seats)
            .map(|(one, seat)| one.carries && seat.is_some())
            .collect(),
        spared: false,
    };
    search.from(0);
    Best { proved: search.tries > 0 && !search.spared, seats: search.best }
}

impl Search<'_> {
    /// Tries every seat of the VMs from this one on.
    fn from(&mut self, index: usize) {
        let hope = self.placed.iter().zip(&self.to_come).map(|(placed, more)| placed + more);
        let hope: Worth = (hope.collect(), std::cmp::Reverse(self.moves));
        if hope <= self.worth || self.tries == 0 {
            return;
        }
        let Some(one) = self.candidates.all.get(index) else {
            // Nothing is to come: what was hoped for is reached.
            self.best.clone_from(&self.seats);
            self.worth = hope;
            return;
        };
        let rank = self.rank_of[index];
        self.to_come[rank] -= 1;
        let mut options: Vec<usize> = self
            .candidates
            .reach_of(one)
            .iter()
            .copied()
            .filter(|host| self.hosts.takes(*host, one))
            .collect();
        let load = |host: &usize| std::cmp::Reverse(self.hosts.load_with(*host, one.size));
        options.sort_by_key(|host| (one.stays != Some(*host), load(host), *host));
        for host in options {
            let moved = usize::from(one.on.is_some_and(|on| on != host));
            self.tries = self.tries.saturating_sub(1);
            self.hosts.seat(host, index, one);
            self.seats[index] = Some(host);
            self.placed[rank] += 1;
            self.moves += moved;
            self.from(index + 1);
            self.moves -= moved;
            self.placed[rank] -= 1;
            self.seats[index] = None;
            self.hosts.unseat(host, index, one);
        }
        if self.kept[index] {
            self.spared = true;
        } else {
            self.from(index + 1);
        }
        self.to_come[rank] += 1;
    }
}
