use std::collections::BTreeSet;

use model::id::{ArrayId, HostId, RoomId, StorageLayerId};
use model::time::Monotonic;

use crate::storage::{ElectionTimers, Side};

/// An array with what it is part of.
#[derive(Debug)]
pub(super) struct ArrayUnit {
    /// Its part in a stretched layer; none for an array that stands alone.
    pub(super) stretched: Option<Stretched>,
    /// Power, for an array that stands alone.
    pub(super) on: bool,
    /// Hosts that were unmapped.
    pub(super) unmapped: BTreeSet<HostId>,
}

/// An array's part in a stretched layer.
#[derive(Debug)]
pub(super) struct Stretched {
    pub(super) layer: StorageLayerId,
    pub(super) side: Side,
    pub(super) peer: ArrayId,
    pub(super) peer_room: RoomId,
    pub(super) quorum: RoomId,
}

impl ArrayUnit {
    pub(super) fn new(
        id: &ArrayId,
        room: &RoomId,
        estate: &model::estate::Estate,
        now: Monotonic,
    ) -> Self {
        let layer = estate.storage_layers.iter().find(|(_, layer)| layer.arrays.contains(id));
        let stretched = layer.and_then(|(layer_id, layer)| {
            let peer = layer.arrays.iter().find(|other| *other != id)?;
            let peer_room = estate.arrays.get(peer)?.room.clone();
            let side = Side::new(
                room.clone(),
                peer_room.clone(),
                layer.preferred == *room,
                ElectionTimers::default(),
                now,
            );
            Some(Stretched {
                layer: layer_id.clone(),
                side,
                peer: peer.clone(),
                peer_room,
                quorum: layer.quorum.clone(),
            })
        });
        Self { stretched, on: true, unmapped: BTreeSet::new() }
    }

    pub(super) fn is_on(&self) -> bool {
        self.stretched.as_ref().map_or(self.on, |part| part.side.is_on())
    }

    pub(super) fn serves(&self) -> bool {
        self.stretched.as_ref().map_or(self.on, |part| part.side.serves())
    }

    pub(super) fn power(&mut self, on: bool, now: Monotonic) {
        self.on = on;
        if let Some(part) = &mut self.stretched {
            part.side.power(on, now);
        }
    }

    /// Whether the host does I/O through this array or, over the storage link, through the other
    /// one of its layer.
    pub(super) fn carries(&self, host: &HostId, now: Monotonic) -> bool {
        let here = self.serves() && !self.unmapped.contains(host);
        here || self.stretched.as_ref().is_some_and(|part| part.side.peer_serves(now))
    }
}
