//! Which hosts are cut off: no array serves them, and another room's switch lets nothing of them
//! in. What executes there harms nothing, and the storage rung proves just that.

use model::id::{ArrayId, HostId, RoomId};

use super::network::Plane;
use super::storage::Surroundings;
use super::{Stage, World};
use crate::fact::Fact;

impl Surroundings for Stage {
    fn powered(&self, room: &RoomId) -> bool {
        self.has_power(room)
    }

    fn joined(&self, one: &RoomId, other: &RoomId) -> bool {
        self.network.passes(Plane::Storage, one, other)
            && self.network.passes(Plane::Storage, other, one)
    }
}

impl Stage {
    /// Whether an array serves, by itself or in its layer.
    pub(crate) fn array_serves(&self, array: &ArrayId, room: &RoomId) -> bool {
        match self.layers.values().find(|layer| layer.has(array)) {
            Some(layer) => layer.serves(array, self),
            None => self.has_power(room),
        }
    }
}

impl World {
    /// Whether an array acknowledges writes of this host.
    pub(crate) fn is_served(&self, stage: &Stage, host: &HostId) -> bool {
        let Some(machine) = stage.machines.get(host) else { return false };
        let volumes =
            machine.definition.volumes.iter().filter_map(|volume| self.estate.volumes.get(volume));
        let arrays = volumes.flat_map(|volume| &volume.arrays);
        arrays.filter_map(|id| Some((id, &self.estate.arrays.get(id)?.room))).any(|(id, room)| {
            let mapped = stage.unmapped.get(id).is_none_or(|hosts| !hosts.contains(host));
            let reached =
                *room == machine.definition.room || stage.joined(room, &machine.definition.room);
            mapped && reached && stage.array_serves(id, room)
        })
    }

    /// Takes note of every host whose isolation has changed.
    pub(crate) fn note_isolation(&self, stage: &mut Stage) {
        // Only who was fenced by storage can be isolated: nothing to look at in ordinary times.
        if stage.isolated.is_empty() && stage.closed.values().all(|hosts| hosts.is_empty()) {
            return;
        }
        let now = self.now();
        for host in self.estate.hosts.keys() {
            let closed = stage.closed.values().any(|hosts| hosts.contains(host));
            let isolated = closed && !self.is_served(stage, host);
            if isolated != stage.isolated.contains(host) {
                if isolated {
                    stage.isolated.insert(host.clone());
                } else {
                    stage.isolated.remove(host);
                }
                stage.record.take(now, &Fact::HostIsolated { host: host.clone(), isolated });
            }
        }
    }
}
