//! A controller is lost when both other controllers hear nothing from it.

use model::incident::Cause;
use model::observation::Target;

use super::Seen;
use crate::judge::Judge;

pub(crate) fn seen(judge: &Judge<'_>) -> Vec<Seen> {
    let rooms = judge.view.estate.rooms.values();
    rooms
        .filter_map(|room| {
            let controller = room.controller;
            let grounds = judge.lost(&Target::Controller { controller })?;
            Some(Seen { cause: Cause::ControllerLost { controller }, grounds })
        })
        .collect()
}
