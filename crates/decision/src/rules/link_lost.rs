//! A link is lost or degraded when a switch at one end sees no signal on one of its paths while
//! both ends live; a network link also when the controllers at its two ends do not hear each
//! other though a third room hears both.

use model::estate::{Link, LinkKind};
use model::id::{LinkId, RoomId};
use model::incident::Cause;
use model::observation::{Status, Target};

use super::{Seen, answers};
use crate::judge::{Grounds, Judge, Judgement};

pub(crate) fn seen(judge: &Judge<'_>) -> Vec<Seen> {
    let links = judge.view.estate.links.iter();
    links.filter_map(|(id, link)| judged(judge, id, link)).collect()
}

fn judged(judge: &Judge<'_>, id: &LinkId, link: &Link) -> Option<Seen> {
    if !link.between.iter().all(|room| is_alive(judge, room)) {
        return None;
    }
    let mut grounds: Option<Grounds> = None;
    let mut add = |more: Grounds| {
        grounds = Some(match grounds.take() {
            Some(known) => known.and(more),
            None => more,
        });
    };
    for path in &link.paths {
        let target = Target::Path { link: id.clone(), path: path.id.clone() };
        if let Judgement::ProvedDown(more) = judge.of(&target) {
            add(more);
        }
    }
    if link.kind == LinkKind::Network
        && let Some(more) = ends_do_not_hear_each_other(judge, link)
    {
        add(more);
    }
    Some(Seen { cause: Cause::LinkLost { link: id.clone() }, grounds: grounds? })
}

/// A sign of life from anything in the room, to anybody alive outside it or to itself.
pub(crate) fn is_alive(judge: &Judge<'_>, room: &RoomId) -> bool {
    let estate = judge.view.estate;
    let Some(definition) = estate.rooms.get(room) else { return false };
    let controller = Target::Controller { controller: definition.controller };
    room == judge.view.leader_room
        || judge.is_alive(&controller)
        || estate.hosts_in(room).any(|(host, _)| {
            judge.is_alive(&Target::Host { host: host.clone() })
                || answers(judge, &Target::Power { host: host.clone() })
        })
        || estate
            .arrays
            .iter()
            .filter(|(_, array)| array.room == *room)
            .any(|(array, _)| answers(judge, &Target::Array { array: array.clone() }))
}

fn ends_do_not_hear_each_other(judge: &Judge<'_>, link: &Link) -> Option<Grounds> {
    let estate = judge.view.estate;
    let mut ends = link.between.iter();
    let (one, other) = (ends.next()?, ends.next()?);
    let mut grounds: Option<Grounds> = None;
    for (from, to) in [(one, other), (other, one)] {
        let controller = Target::Controller { controller: estate.rooms.get(to)?.controller };
        let sights = judge.sights(&controller);
        let silent = sights.iter().find(|s| s.vantage == from && s.status == Status::Unknown);
        let third = sights.iter().any(|s| s.vantage != from && s.status == Status::Up);
        // The end that can't reach the leader can't say so: what the other end says is enough.
        if let Some(silent) = silent.filter(|_| third) {
            let more = Grounds {
                evidence: vec![model::incident::Evidence {
                    target: controller.clone(),
                    vantage: from.clone(),
                    says: silent.says.to_owned(),
                }],
                last_up: silent.last_up.unwrap_or_default(),
                since: silent.since,
            };
            grounds = Some(match grounds {
                Some(known) => known.and(more),
                None => more,
            });
        }
    }
    grounds
}
