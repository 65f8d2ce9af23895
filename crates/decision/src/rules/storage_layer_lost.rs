//! A storage layer is lost when no side of it serves: at least one array says so itself, and of
//! the others nothing is heard or they say the same. So it is when its software fails, and when
//! the elected side dies while the other one's copy is old.

use model::incident::Cause;
use model::observation::Target;

use super::{Seen, answers};
use crate::judge::{Grounds, Judge, Judgement};

pub(crate) fn seen(judge: &Judge<'_>) -> Vec<Seen> {
    let estate = judge.view.estate;
    let mut found = Vec::new();
    for (id, layer) in &estate.storage_layers {
        let mut grounds = Some(Grounds::default());
        let mut said_so = false;
        for array in &layer.arrays {
            let Some(room) = estate.arrays.get(array).map(|array| &array.room) else { continue };
            let side = Target::StorageSide { layer: id.clone(), room: room.clone() };
            let array = Target::Array { array: array.clone() };
            let more = match judge.of(&side) {
                Judgement::ProvedDown(more) => {
                    said_so |= answers(judge, &array);
                    Some(more)
                }
                Judgement::Silent(more) => Some(more),
                Judgement::Alive | Judgement::Open => None,
            };
            grounds = grounds.zip(more).map(|(known, more)| known.and(more));
        }
        if let Some(grounds) = grounds.filter(|_| said_so) {
            found.push(Seen { cause: Cause::StorageLayerLost { layer: id.clone() }, grounds });
        }
    }
    found
}
