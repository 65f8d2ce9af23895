//! Array to array and array to tie-break, over the storage links.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use model::id::{ArrayId, RoomId};
use model::units::Span;
use tokio::task::JoinSet;
use wire::dial::Dialer;
use wire::endpoint::EndpointName;
use wire::twin::{HeartbeatRequest, TieBreakRequest};

use super::room::{Room, lock};
use crate::storage::PeerArray;

const EVERY: Duration = Duration::from_millis(200);
const WITHIN: Span = Span::from_millis(400);

/// Runs every stretched array of the room, for ever.
pub(super) fn watch(room: &Arc<Room>, storage: &Arc<Dialer>, tasks: &mut JoinSet<()>) {
    let stretched: Vec<_> = lock(&room.arrays)
        .iter()
        .filter_map(|(id, unit)| {
            let part = unit.stretched.as_ref()?;
            Some((id.clone(), part.peer.clone(), part.peer_room.clone(), part.quorum.clone()))
        })
        .collect();
    for (array, peer, peer_room, quorum) in stretched {
        tasks.spawn(hear_peer(room.clone(), storage.clone(), array.clone(), peer, peer_room));
        tasks.spawn(hear_quorum(room.clone(), storage.clone(), array.clone(), quorum.clone()));
        tasks.spawn(elect(room.clone(), storage.clone(), array, quorum));
    }
}

/// Lets the copies of this room follow: each array that one of them follows is asked whether it
/// serves.
pub(super) fn follow(room: &Arc<Room>, storage: &Arc<Dialer>, tasks: &mut JoinSet<()>) {
    let followed: BTreeSet<ArrayId> =
        lock(&room.copies).values().flat_map(|copy| copy.follows.clone()).collect();
    for array in followed {
        let Some(from) = room.estate.arrays.get(&array).map(|array| array.room.clone()) else {
            continue;
        };
        tasks.spawn(hear_followed(room.clone(), storage.clone(), array, from));
    }
}

async fn hear_followed(room: Arc<Room>, storage: Arc<Dialer>, array: ArrayId, from: RoomId) {
    let mut beat = beat();
    let name = EndpointName::Device(from);
    loop {
        beat.tick().await;
        let Ok(connection) = storage.dial(&name) else { return };
        let request = HeartbeatRequest { array: array.to_string(), ..HeartbeatRequest::default() };
        // What is written while the question is under way may be missing.
        let asked = room.now();
        let Ok(reply) = connection.within(WITHIN).device().heartbeat(request).await else {
            continue;
        };
        if reply.into_inner().serving {
            lock(&room.copies).values_mut().for_each(|copy| copy.heard(&array, asked));
        }
    }
}

fn beat() -> tokio::time::Interval {
    let mut beat = tokio::time::interval(EVERY);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    beat
}

/// Asks the other array how it is. It is asked even when this one is off: the room's hosts reach
/// it by themselves, and this is how they know that it serves.
async fn hear_peer(
    room: Arc<Room>,
    storage: Arc<Dialer>,
    array: ArrayId,
    peer: ArrayId,
    peer_room: RoomId,
) {
    let mut beat = beat();
    let name = EndpointName::Device(peer_room);
    loop {
        beat.tick().await;
        let Ok(connection) = storage.dial(&name) else { return };
        let request = HeartbeatRequest { array: peer.to_string(), ..HeartbeatRequest::default() };
        let Ok(reply) = connection.within(WITHIN).device().heartbeat(request).await else {
            continue;
        };
        let reply = reply.into_inner();
        let heard = PeerArray { serving: reply.serving, generation: reply.generation };
        let now = room.now();
        if let Some(part) =
            lock(&room.arrays).get_mut(&array).and_then(|unit| unit.stretched.as_mut())
        {
            part.side.peer_heard(heard, now);
        }
    }
}

/// Asks the tie-break for a sign of life: a heartbeat to no array.
async fn hear_quorum(room: Arc<Room>, storage: Arc<Dialer>, array: ArrayId, quorum: RoomId) {
    let mut beat = beat();
    let name = EndpointName::Device(quorum.clone());
    loop {
        beat.tick().await;
        if quorum != room.id {
            let Ok(connection) = storage.dial(&name) else { return };
            let nobody = HeartbeatRequest::default();
            if connection.within(WITHIN).device().heartbeat(nobody).await.is_err() {
                continue;
            }
        }
        let now = room.now();
        if let Some(part) =
            lock(&room.arrays).get_mut(&array).and_then(|unit| unit.stretched.as_mut())
        {
            part.side.quorum_heard(now);
        }
    }
}

async fn elect(room: Arc<Room>, storage: Arc<Dialer>, array: ArrayId, quorum: RoomId) {
    let mut beat = beat();
    let name = EndpointName::Device(quorum.clone());
    loop {
        beat.tick().await;
        let now = room.now();
        let wanted = lock(&room.arrays)
            .get_mut(&array)
            .and_then(|unit| unit.stretched.as_mut())
            .and_then(|part| Some((part.layer.clone(), part.side.tick(now)?)));
        let Some((layer, generation)) = wanted else { continue };
        let winner = if quorum == room.id {
            lock(&room.tie_break).ask(&layer, &room.id, generation)
        } else {
            let Ok(connection) = storage.dial(&name) else { return };
            let request =
                TieBreakRequest { layer: layer.to_string(), room: room.id.to_string(), generation };
            match connection.within(WITHIN).device().tie_break(request).await {
                Ok(reply) => reply.into_inner().winner.into(),
                Err(_) => continue,
            }
        };
        let now = room.now();
        if let Some(part) =
            lock(&room.arrays).get_mut(&array).and_then(|unit| unit.stretched.as_mut())
        {
            part.side.tie_broken(generation, &winner, now);
            tracing::info!(%array, %winner, generation, "the storage layer was split");
        }
    }
}
