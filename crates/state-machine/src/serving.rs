//! Which arrays could serve a host.

use std::collections::BTreeSet;

use model::id::{ArrayId, HostId, RoomId, StorageLayerId};
use model::observation::{Status, Target};

use crate::state::{Observed, State};

impl State {
    /// The arrays that could serve the host: those that hold a volume which it reaches, except
    /// those whose side the storage layer itself says that it went on without. Silence excuses no
    /// array.
    pub fn arrays_that_could_serve(&self, host: &HostId) -> BTreeSet<ArrayId> {
        self.arrays_of(host).into_iter().filter(|array| !self.is_side_stopped(array)).collect()
    }

    /// Every array that holds a volume which the host reaches.
    pub fn arrays_of(&self, host: &HostId) -> BTreeSet<ArrayId> {
        let Some(estate) = self.estate.as_ref().map(|pinned| &pinned.value) else {
            return BTreeSet::new();
        };
        let reached = estate.hosts.get(host).map(|host| &host.volumes);
        let volumes = reached.into_iter().flatten().filter_map(|id| estate.volumes.get(id));
        volumes.flat_map(|volume| &volume.arrays).cloned().collect()
    }

    /// Whether an agent of the host is heard by a room whose word counts: then what runs there
    /// executes, whether or not its disks answer.
    pub fn is_heard(&self, host: &HostId) -> bool {
        let target = Target::Host { host: host.clone() };
        self.seen(&target)
            .any(|(room, seen)| seen.status == Status::Up && self.word_counts(room, seen))
    }

    /// Whether what a room said is news. The last words of a room that died stay in the state and
    /// nobody takes them back: a room counts while the leader's room hears its controller, and
    /// for what it said since this leader started.
    pub fn word_counts(&self, room: &RoomId, seen: &Observed) -> bool {
        let Some(leader) = &self.leader else { return false };
        let Some(leader_room) = self.room_of(leader.controller) else { return false };
        let heard = room == leader_room
            || self.members.values().filter(|member| member.room == *room).any(|member| {
                let target = Target::Controller { controller: member.controller };
                self.observations
                    .get(&target)
                    .and_then(|by_room| by_room.get(leader_room))
                    .is_some_and(|seen| seen.status == Status::Up)
            });
        heard && seen.heard_at >= leader.at
    }

    /// Whether the array's layer says that it went on without this side. Where no side serves, each
    /// of them may be the one that goes on next.
    fn is_side_stopped(&self, array: &ArrayId) -> bool {
        let Some(estate) = self.estate.as_ref().map(|pinned| &pinned.value) else {
            return false;
        };
        let room_of = |array: &ArrayId| estate.arrays.get(array).map(|array| &array.room);
        let Some(room) = room_of(array) else { return false };
        let layers = estate.storage_layers.iter().filter(|(_, layer)| layer.arrays.contains(array));
        let (mut stopped, mut goes_on) = (false, false);
        for (id, layer) in layers {
            if self.says_of_side(id, room, Status::Up) {
                return false;
            }
            stopped |= self.says_of_side(id, room, Status::Down);
            let others = layer.arrays.iter().filter_map(room_of).filter(|other| *other != room);
            goes_on |= others.into_iter().any(|other| self.says_of_side(id, other, Status::Up));
        }
        stopped && goes_on
    }

    /// Whether a room whose word counts says this of a side.
    fn says_of_side(&self, layer: &StorageLayerId, room: &RoomId, status: Status) -> bool {
        let target = Target::StorageSide { layer: layer.clone(), room: room.clone() };
        self.seen(&target).any(|(from, seen)| seen.status == status && self.word_counts(from, seen))
    }
}
