//! A room is lost when its controller, the agents of all its hosts and its arrays are silent from
//! both other rooms, and no management controller in it answers. One voice is enough to say no: a
//! cut link is not a dead room.

use model::id::RoomId;
use model::incident::Cause;
use model::observation::Target;

use super::{Seen, answers};
use crate::judge::{Grounds, Judge, Judgement};

pub(crate) fn seen(judge: &Judge<'_>) -> Vec<Seen> {
    let rooms = judge.view.estate.rooms.keys();
    rooms.filter_map(|room| judged(judge, room)).collect()
}

fn judged(judge: &Judge<'_>, room: &RoomId) -> Option<Seen> {
    let estate = judge.view.estate;
    let controller = estate.rooms.get(room)?.controller;
    let mut grounds = silent(judge, room, &Target::Controller { controller })?;
    for (host, _) in estate.hosts_in(room) {
        let power = Target::Power { host: host.clone() };
        if answers(judge, &power) {
            return None;
        }
        grounds = grounds.and(silent(judge, room, &Target::Host { host: host.clone() })?);
    }
    for (array, _) in estate.arrays.iter().filter(|(_, array)| array.room == *room) {
        grounds = grounds.and(silent(judge, room, &Target::Array { array: array.clone() })?);
    }
    Some(Seen { cause: Cause::RoomLost { room: room.clone() }, grounds })
}

/// Silent, as judged from other rooms only: a room does not testify to its own death.
fn silent(judge: &Judge<'_>, room: &RoomId, target: &Target) -> Option<Grounds> {
    match judge.of(target) {
        Judgement::Silent(grounds) => {
            let from_elsewhere = grounds.evidence.iter().filter(|e| e.vantage != *room).count();
            (from_elsewhere >= judge.view.voices).then_some(grounds)
        }
        Judgement::Alive | Judgement::ProvedDown(_) | Judgement::Open => None,
    }
}
