//! Which arrays could serve a host.

use std::collections::BTreeSet;

use model::id::{ArrayId, HostId, RoomId};
use model::observation::{Status, Target};

use crate::state::{Observed, State};

impl State {
    /// The arrays that could serve the host: those that hold a volume which it reaches, except
    /// those whose side the storage layer itself says that it has stopped. Silence excuses no
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

    fn is_side_stopped(&self, array: &ArrayId) -> bool {
        let Some(estate) = self.estate.as_ref().map(|pinned| &pinned.value) else {
            return false;
        };
        let Some(room) = estate.arrays.get(array).map(|array| &array.room) else {
            return false;
        };
        let layers = estate.storage_layers.iter().filter(|(_, layer)| layer.arrays.contains(array));
        let mut stopped = false;
        for (id, _) in layers {
            let target = Target::StorageSide { layer: id.clone(), room: room.clone() };
            let words = self.seen(&target).filter(|(room, seen)| self.word_counts(room, seen));
            for (_, seen) in words {
                match seen.status {
                    Status::Up => return false,
                    Status::Down => stopped = true,
                    Status::Unknown => {}
                }
            }
        }
        stopped
    }
}
