//! The channels by which life in another room would be seen.

use std::collections::BTreeSet;

use model::era_order::{ChannelSays, OrderedChannel};
use model::estate::Estate;
use model::id::RoomId;
use model::observation::{Status, Target};
use model::time::Monotonic;

use super::Survivor;

/// Where a channel stands.
enum Place {
    /// In a room: it dies with it.
    In(RoomId),
    /// It is seen from elsewhere, or reached wherever it runs.
    Anywhere,
    /// It says nothing of other rooms.
    Ours,
}

impl Survivor {
    /// Every channel to the other rooms, with what it says.
    pub(super) fn channels(&self, estate: &Estate, now: Monotonic) -> Vec<OrderedChannel> {
        let mut targets = expected(estate);
        targets.extend(self.sights.keys().filter(|target| target.is_of(estate)).cloned());
        targets.into_iter().filter_map(|target| self.channel(estate, target, now)).collect()
    }

    fn channel(&self, estate: &Estate, target: Target, now: Monotonic) -> Option<OrderedChannel> {
        let room = match self.place(estate, &target) {
            Place::In(room) if room != self.room => Some(room),
            Place::Anywhere => None,
            Place::In(_) | Place::Ours => return None,
        };
        let sight = self.sights.get(&target);
        let says = match sight.map(|sight| sight.status) {
            Some(Status::Up) if sight.is_some_and(|sight| sight.is_fresh(now)) => ChannelSays::Life,
            Some(Status::Down) => ChannelSays::Down,
            Some(Status::Up | Status::Unknown) | None => ChannelSays::Silent,
        };
        let words = sight.map_or_else(|| "never probed".to_owned(), |sight| sight.words.clone());
        let died_too = room.is_some() && says == ChannelSays::Silent;
        Some(OrderedChannel { target, room, says, died_too, words })
    }

    /// A sign of life at or after a time, on any channel: which, and its words.
    pub(super) fn life_since(&self, estate: &Estate, since: Monotonic) -> Option<(String, String)> {
        self.sights.iter().find_map(|(target, sight)| {
            let seen = sight.up_at.is_some_and(|at| at >= since);
            let elsewhere = match self.place(estate, target) {
                Place::In(room) => room != self.room,
                Place::Anywhere => true,
                Place::Ours => false,
            };
            (seen && elsewhere).then(|| (target.to_string(), sight.words.clone()))
        })
    }

    fn place(&self, estate: &Estate, target: &Target) -> Place {
        let of = |room: Option<&RoomId>| room.map_or(Place::Ours, |room| Place::In(room.clone()));
        match target {
            Target::Controller { controller } => {
                let rooms = estate.rooms.iter();
                of(rooms.into_iter().find(|(_, r)| r.controller == *controller).map(|(id, _)| id))
            }
            Target::Host { host } | Target::Power { host } => {
                of(estate.hosts.get(host).map(|host| &host.room))
            }
            // What is told of a VM, a volume or a copy is told by an agent or an array, which is a
            // channel itself.
            Target::Vm { .. } | Target::Volume { .. } | Target::Copy { .. } => Place::Ours,
            // What a room finds on its own machine is no word of another.
            Target::ReadinessCheck { .. } => Place::Ours,
            Target::Array { array } => of(estate.arrays.get(array).map(|array| &array.room)),
            Target::StorageSide { room, .. } => Place::In(room.clone()),
            Target::StorageQuorum { layer } => {
                of(estate.storage_layers.get(layer).map(|layer| &layer.quorum))
            }
            // Light from a switch in another room; a link between two others is told by theirs.
            Target::Path { link, .. } => {
                let known = estate.links.contains_key(link);
                if known { Place::Anywhere } else { Place::Ours }
            }
            Target::Service { service } => {
                let own = estate.vms.values().filter(|vm| vm.service == *service).any(|vm| {
                    estate.hosts.get(&vm.home).is_some_and(|host| host.room == self.room)
                });
                if own { Place::Ours } else { Place::Anywhere }
            }
        }
    }
}

/// What ought to be probed, whether or not it has been.
fn expected(estate: &Estate) -> BTreeSet<Target> {
    let mut targets = BTreeSet::new();
    for room in estate.rooms.values() {
        targets.insert(Target::Controller { controller: room.controller });
    }
    for host in estate.hosts.keys() {
        targets.insert(Target::Host { host: host.clone() });
        targets.insert(Target::Power { host: host.clone() });
    }
    for array in estate.arrays.keys() {
        targets.insert(Target::Array { array: array.clone() });
    }
    for (link, of) in &estate.links {
        for path in &of.paths {
            targets.insert(Target::Path { link: link.clone(), path: path.id.clone() });
        }
    }
    for (service, of) in &estate.services {
        if of.probe.is_some() {
            targets.insert(Target::Service { service: service.clone() });
        }
    }
    targets
}
