//! A storage layer stopped serving one room while that room's array answers: a positive proof,
//! from the layer itself, so one vantage is enough. Where the array itself is gone, that is the
//! array's loss, or the room's.

use model::incident::Cause;
use model::observation::Target;

use super::{Seen, answers};
use crate::judge::{Judge, Judgement};

pub(crate) fn seen(judge: &Judge<'_>) -> Vec<Seen> {
    let estate = judge.view.estate;
    let mut found = Vec::new();
    for (id, layer) in &estate.storage_layers {
        let sides =
            layer.arrays.iter().filter_map(|array| Some((array, estate.arrays.get(array)?)));
        for (array, definition) in sides {
            let room = &definition.room;
            let side = Target::StorageSide { layer: id.clone(), room: room.clone() };
            let Judgement::ProvedDown(grounds) = judge.of(&side) else { continue };
            if answers(judge, &Target::Array { array: array.clone() }) {
                let cause = Cause::StorageSideLost { layer: id.clone(), room: room.clone() };
                found.push(Seen { cause, grounds });
            }
        }
    }
    found
}
