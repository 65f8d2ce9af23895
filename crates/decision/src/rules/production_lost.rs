//! Production is lost when the order that opened this era says that every production room is
//! gone. One room alone can never see that by itself: two persons have said it.

use model::incident::{Cause, Evidence};
use model::observation::Target;
use model::time::LogTime;

use super::Seen;
use crate::judge::{Grounds, Judge};

pub(crate) fn seen(judge: &Judge<'_>) -> Vec<Seen> {
    let estate = judge.view.estate;
    let mut rooms = estate.production_rooms().peekable();
    if rooms.peek().is_none() || !rooms.all(|room| judge.view.rooms_gone.contains(room)) {
        return Vec::new();
    }
    let mut grounds = Grounds::default();
    for room in estate.production_rooms() {
        let Some(controller) = estate.rooms.get(room).map(|room| room.controller) else { continue };
        let target = Target::Controller { controller };
        for sight in judge.view.sights.of(&target) {
            grounds.last_up = grounds.last_up.max(sight.last_up.unwrap_or_default());
        }
        grounds.evidence.push(Evidence {
            target,
            vantage: judge.view.leader_room.clone(),
            says: format!("the order that opened this era says that room {room} is gone"),
        });
    }
    grounds.since = LogTime::default();
    vec![Seen { cause: Cause::ProductionLost, grounds }]
}
