//! An array is lost when it is silent from two rooms, or says itself that it serves nothing while
//! its layer still serves the room.

use model::incident::Cause;
use model::observation::Target;

use super::Seen;
use crate::judge::Judge;

pub(crate) fn seen(judge: &Judge<'_>) -> Vec<Seen> {
    let arrays = judge.view.estate.arrays.keys();
    arrays
        .filter_map(|array| {
            let grounds = judge.lost(&Target::Array { array: array.clone() })?;
            Some(Seen { cause: Cause::ArrayLost { array: array.clone() }, grounds })
        })
        .collect()
}
