//! Which arrays could serve a host.

use std::collections::BTreeSet;

use model::estate::Volume;
use model::id::{ArrayId, HostId, RoomId, StorageLayerId};
use model::observation::{Status, Target};

use crate::state::{Observed, State};

impl State {
    /// The arrays that could serve the host: those that hold a volume which it reaches, except
    /// those of which it reaches nothing but volumes of layers that say themselves that they went
    /// on without this side. Silence excuses no array, and no layer speaks for a volume that is
    /// not its own.
    pub fn arrays_that_could_serve(&self, host: &HostId) -> BTreeSet<ArrayId> {
        let reached: Vec<&Volume> = self.volumes_of(host).collect();
        let arrays = self.arrays_of(host).into_iter();
        arrays
            .filter(|array| {
                let mut held = reached.iter().filter(|volume| volume.arrays.contains(array));
                held.any(|volume| !self.is_side_stopped(volume, array))
            })
            .collect()
    }

    /// Every array that holds a volume which the host reaches.
    pub fn arrays_of(&self, host: &HostId) -> BTreeSet<ArrayId> {
        self.volumes_of(host).flat_map(|volume| &volume.arrays).cloned().collect()
    }

    /// The volumes that the host reaches.
    fn volumes_of<'a>(&'a self, host: &HostId) -> impl Iterator<Item = &'a Volume> {
        let estate = self.estate.as_ref().map(|pinned| &pinned.value);
        let reached = estate.and_then(|estate| estate.hosts.get(host)).map(|host| &host.volumes);
        let ids = reached.into_iter().flatten();
        ids.filter_map(move |id| estate.and_then(|estate| estate.volumes.get(id)))
    }

    /// Why unmapping arrays keeps no VM of this host from writing, if so: no array serves it, or a
    /// VM that might run there has its volumes from somewhere else, as from the copies in its room.
    pub fn is_beyond_arrays(&self, host: &HostId) -> Option<String> {
        let estate = self.estate.as_ref().map(|pinned| &pinned.value)?;
        let definition = estate.hosts.get(host)?;
        if self.arrays_of(host).is_empty() {
            return Some(format!("no array serves host {host}: unmapping stops nothing there"));
        }
        let might_run = self.vms.iter().filter_map(|(id, record)| {
            let placed = record.might_run_on.get(host)?;
            Some((id, *placed, estate.vms.get(id)?))
        });
        for (id, placed, vm) in might_run {
            // A new era takes every VM for one that might run on every host it does without.
            let by_the_era = self
                .opened
                .as_ref()
                .is_some_and(|opened| opened.token == placed && opened.hosts.contains_key(host));
            let elsewhere = vm.volumes.iter().find(|volume| {
                let copy_here = estate.replica_room(volume) == Some(&definition.room);
                self.opened_in(volume) == Some(&definition.room)
                    || (!definition.volumes.contains(*volume) && (copy_here || !by_the_era))
            });
            if let Some(volume) = elsewhere {
                return Some(format!(
                    "VM {id} might run on host {host} with volume {volume} from no array that \
                     serves this host: unmapping does not stop it"
                ));
            }
        }
        None
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

    /// Whether the volume's own layer says that it went on without the side of this array. Where
    /// no side serves, each of them may be the one that goes on next.
    fn is_side_stopped(&self, volume: &Volume, array: &ArrayId) -> bool {
        let Some(estate) = self.estate.as_ref().map(|pinned| &pinned.value) else {
            return false;
        };
        let Some(id) = &volume.layer else { return false };
        let layer = estate.storage_layers.get(id).filter(|layer| layer.arrays.contains(array));
        let (Some(layer), Some(array)) = (layer, estate.arrays.get(array)) else { return false };
        let says = |side: &RoomId, status| self.says_of_side(id, side, status);
        let mut others = estate.sides_of(layer).filter(|other| **other != array.room);
        says(&array.room, Status::Down)
            && !says(&array.room, Status::Up)
            && others.any(|other| says(other, Status::Up))
    }

    /// Whether a room whose word counts says this of a side.
    fn says_of_side(&self, layer: &StorageLayerId, room: &RoomId, status: Status) -> bool {
        let target = Target::StorageSide { layer: layer.clone(), room: room.clone() };
        self.seen(&target).any(|(from, seen)| seen.status == status && self.word_counts(from, seen))
    }
}
