//! What a set of one-way cuts must do, from the rules alone:
//!
//! 1. Whatever crosses between two rooms is a question and its answer. A pair of rooms works only
//!    if neither direction is cut.
//! 2. Both arrays serve while they see each other. Otherwise the preferred one goes on if it
//!    sees the tie-break, else the other one if it does, else none.
//! 3. There is a majority as long as one pair of rooms works.
//! 4. A host gets its lease from the majority, directly or through one controller: always, unless
//!    its room is alone.
//! 5. A host without a lease runs on by promises of all the hosts that could take its VMs. With
//!    hosts in both production rooms, those are in the other room too: that pair has to work.
//! 6. Where storage stopped while there is a majority, the VMs of that side move, and their hosts
//!    are fenced. The leadership goes to who hears every host, before the hold-off is over: so the
//!    order to switch off reaches every host that has a lease, and its watchdog never fires.
//! 7. Without a majority nothing is decided: nothing starts.

use std::collections::BTreeSet;

use model::estate::Estate;
use model::id::{RoomId, VmId};

use super::Edge;

/// What matters of an estate: two production rooms with an array each, and a third room with the
/// tie-break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The room of the preferred array.
    pub preferred: RoomId,
    /// The room of the other array.
    pub other: RoomId,
    /// The room of the tie-break.
    pub third: RoomId,
}

/// What must come of a set of cuts, before anything returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// Whether two controllers still form a majority.
    pub majority: bool,
    /// The room whose storage stopped while the other side goes on; none if both serve, or if
    /// none does.
    pub storage_stopped: Option<RoomId>,
    /// Whose hosts are stopped by their leases.
    pub stopped_by_lease: BTreeSet<RoomId>,
    /// Whose VMs move to the other production room.
    pub moved: BTreeSet<RoomId>,
}

impl Shape {
    /// The shape of an estate; none if it has another one.
    pub fn of(estate: &Estate) -> Option<Self> {
        let layer = estate.storage_layers.values().next()?;
        let rooms = layer.arrays.iter().filter_map(|array| estate.arrays.get(array));
        let other = rooms.map(|array| &array.room).find(|room| **room != layer.preferred)?;
        let third = layer.quorum.clone();
        let shape = Self { preferred: layer.preferred.clone(), other: other.clone(), third };
        let three = estate.rooms.len() == 3
            && estate.storage_layers.len() == 1
            && estate.hosts_in(&shape.third).next().is_none();
        three.then_some(shape)
    }

    /// What must come of these cuts.
    pub fn predict(&self, cuts: &BTreeSet<Edge>) -> Prediction {
        let works = |one: &RoomId, other: &RoomId| {
            !cuts.contains(&Edge::new(one, other)) && !cuts.contains(&Edge::new(other, one))
        };
        let (one, other, third) = (&self.preferred, &self.other, &self.third);
        let between = works(one, other);
        let (one_third, other_third) = (works(one, third), works(other, third));
        let majority = between || one_third || other_third;
        let storage_stopped = match (between, one_third, other_third) {
            (false, true, _) => Some(other.clone()),
            (false, false, true) => Some(one.clone()),
            (true, ..) | (false, false, false) => None,
        };
        let alone = [(one, one_third), (other, other_third)]
            .into_iter()
            .filter(|(_, sees_third)| !between && !sees_third)
            .map(|(room, _)| room.clone());
        let stopped_by_lease = alone.collect();
        let moved = storage_stopped.iter().cloned().collect();
        Prediction { majority, storage_stopped, stopped_by_lease, moved }
    }
}

/// The VMs whose home is in one of these rooms.
pub(super) fn vms_of(estate: &Estate, rooms: &BTreeSet<RoomId>) -> BTreeSet<VmId> {
    let lives_there = |home| estate.hosts.get(home).is_some_and(|host| rooms.contains(&host.room));
    estate.vms.iter().filter(|(_, vm)| lives_there(&vm.home)).map(|(id, _)| id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn predict(cuts: &[(&str, &str)]) -> Prediction {
        let shape = Shape { preferred: "a".into(), other: "b".into(), third: "c".into() };
        let edge = |(from, to): &(&str, &str)| Edge::new(&(*from).into(), &(*to).into());
        shape.predict(&cuts.iter().map(edge).collect())
    }

    fn rooms(rooms: &BTreeSet<RoomId>) -> String {
        rooms.iter().map(RoomId::as_str).collect()
    }

    #[test]
    fn the_third_room_alone_stops_nothing() {
        for cuts in [&[("a", "c")][..], &[("b", "c")], &[("c", "a"), ("b", "c")], &[]] {
            let predicted = predict(cuts);
            assert!(predicted.majority && predicted.storage_stopped.is_none(), "{cuts:?}");
            assert!(predicted.stopped_by_lease.is_empty() && predicted.moved.is_empty());
        }
    }

    #[test]
    fn one_direction_between_the_arrays_stops_the_side_that_is_not_preferred() {
        for cuts in [&[("a", "b")][..], &[("b", "a")], &[("a", "b"), ("b", "a")]] {
            let predicted = predict(cuts);
            assert_eq!(rooms(&predicted.moved), "b");
            assert_eq!(rooms(&predicted.stopped_by_lease), "", "C can switch it off");
        }
    }

    #[test]
    fn a_production_room_alone_stops_by_its_leases_and_its_vms_move() {
        let alone_a = predict(&[("a", "b"), ("c", "a")]);
        assert_eq!(
            (rooms(&alone_a.stopped_by_lease), rooms(&alone_a.moved)),
            ("a".into(), "a".into())
        );
        let alone_b = predict(&[("a", "b"), ("b", "c")]);
        assert_eq!(
            (rooms(&alone_b.stopped_by_lease), rooms(&alone_b.moved)),
            ("b".into(), "b".into())
        );
    }

    #[test]
    fn without_a_majority_everything_stops_and_nothing_moves() {
        let predicted = predict(&[("a", "b"), ("b", "c"), ("c", "a")]);
        assert!(!predicted.majority && predicted.moved.is_empty());
        assert_eq!(rooms(&predicted.stopped_by_lease), "ab");
    }
}
