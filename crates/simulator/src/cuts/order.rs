//! Which sets of cuts there are, and in which orders they return.

use std::collections::BTreeSet;
use std::fmt;

use consensus::simulation::{NodeRng, mix};
use model::id::RoomId;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use serde::{Serialize, Serializer};

/// Sets of up to so many cuts return in every order.
const ALL_ORDERS_UP_TO: usize = 3;

/// One direction between two rooms.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// From this room.
    pub from: RoomId,
    /// To this one.
    pub to: RoomId,
}

impl Edge {
    /// The direction from one room to another.
    pub fn new(from: &RoomId, to: &RoomId) -> Self {
        Self { from: from.clone(), to: to.clone() }
    }
}

impl fmt::Display for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}>{}", self.from, self.to)
    }
}

impl Serialize for Edge {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How cuts return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Return {
    /// All at once.
    Together,
    /// One after the other, in this order.
    OneByOne(Vec<Edge>),
}

/// Every set of one-way cuts between these rooms, the empty one first.
pub(super) fn every_set(rooms: &[RoomId]) -> Vec<BTreeSet<Edge>> {
    let edges: Vec<Edge> = rooms
        .iter()
        .flat_map(|from| rooms.iter().filter(move |to| *to != from).map(|to| Edge::new(from, to)))
        .collect();
    let sets = 1_u64 << edges.len();
    let within = |set: u64| {
        edges.iter().zip(0..).filter(move |(_, bit)| set >> bit & 1 == 1).map(|(edge, _)| edge)
    };
    (0..sets).map(|set| within(set).cloned().collect()).collect()
}

/// The ways in which a set of cuts returns: together, and one by one in every order; of a set of
/// more than [`ALL_ORDERS_UP_TO`], in `sample` distinct orders drawn from the seed.
pub(super) fn returns(set: &BTreeSet<Edge>, sample: usize, seed: u64) -> Vec<Return> {
    let edges: Vec<Edge> = set.iter().cloned().collect();
    let mut found = vec![Return::Together];
    if edges.len() < 2 {
        return found;
    }
    let orders = if edges.len() <= ALL_ORDERS_UP_TO {
        permutations(&edges)
    } else {
        sampled(&edges, sample, seed)
    };
    found.extend(orders.into_iter().map(Return::OneByOne));
    found
}

fn permutations(of: &[Edge]) -> BTreeSet<Vec<Edge>> {
    if of.is_empty() {
        return BTreeSet::from([Vec::new()]);
    }
    let mut all = BTreeSet::new();
    for (place, first) in of.iter().enumerate() {
        let mut rest = of.to_vec();
        rest.remove(place);
        for mut order in permutations(&rest) {
            order.insert(0, first.clone());
            all.insert(order);
        }
    }
    all
}

fn sampled(of: &[Edge], sample: usize, seed: u64) -> BTreeSet<Vec<Edge>> {
    let mut rng = NodeRng::seed_from_u64(mix(seed ^ of.len() as u64));
    let mut orders = BTreeSet::new();
    let most = (1..=of.len()).product::<usize>();
    while orders.len() < sample.min(most) {
        let mut order = of.to_vec();
        order.shuffle(&mut rng);
        orders.insert(order);
    }
    orders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_rooms_have_64_sets_and_each_returns_in_distinct_orders() {
        let sets = every_set(&["a".into(), "b".into(), "c".into()]);
        assert_eq!(sets.len(), 64);
        assert_eq!(sets.iter().collect::<BTreeSet<_>>().len(), 64);
        let ways: usize = sets.iter().map(|set| returns(set, 6, 1).len()).sum();
        // Together: 64. One by one: 15 pairs in 2 orders, 20 triples in 6, 15 + 6 + 1 larger sets
        // in a sample of 6.
        assert_eq!(ways, 64 + 15 * 2 + 20 * 6 + 22 * 6);
    }
}
