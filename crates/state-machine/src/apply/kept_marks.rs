//! What no estate makes anybody forget: that a copy has become the volume (S4), and that a side of
//! a storage layer is old (S9).

use model::estate::Estate;
use model::id::{ArrayId, StorageLayerId};

use crate::rejection::Rejection;
use crate::state::State;

/// Refuses an estate under whose names the marks would be found no more.
pub(super) fn kept(state: &State, new: &Estate) -> Result<(), Rejection> {
    opened_copies(state, new)?;
    let Some(old) = state.estate.as_ref().map(|pinned| &pinned.value) else { return Ok(()) };
    for (id, layer) in &old.storage_layers {
        for array in &layer.arrays {
            let room = old.arrays.get(array).map(|array| &array.room);
            if room.is_some_and(|room| state.is_old_side(id, room)) {
                old_array(old, new, id, array)?;
            }
        }
    }
    Ok(())
}

fn opened_copies(state: &State, new: &Estate) -> Result<(), Rejection> {
    for volume in new.volumes.keys() {
        let Some(room) = state.opened_in(volume) else { continue };
        if new.replica_room(volume) != Some(room) {
            return Err(Rejection::EstateForgets {
                reason: format!(
                    "volume {volume} was opened from its copy in room {room} and lives there, but \
                     this estate has no copy of it in that room: keep `replicated-to` as it is, or \
                     bring the data back and give the volume another name"
                ),
            });
        }
    }
    Ok(())
}

/// An array that holds an old side stays where it is and in its layer, and the layer's volumes
/// with it, unless it leaves the estate with what it holds.
fn old_array(
    old: &Estate,
    new: &Estate,
    layer: &StorageLayerId,
    array: &ArrayId,
) -> Result<(), Rejection> {
    let Some(stays) = new.arrays.get(array) else { return Ok(()) };
    let in_its_room = old.arrays.get(array) == Some(stays);
    let in_its_layer =
        new.storage_layers.get(layer).is_some_and(|layer| layer.arrays.contains(array));
    let moved = old.volumes.iter().find(|(id, volume)| {
        volume.layer.as_ref() == Some(layer)
            && new.volumes.get(*id).is_some_and(|volume| {
                volume.layer.as_ref() != Some(layer) && volume.arrays.contains(array)
            })
    });
    let what = match moved {
        _ if !in_its_room => "puts that array into another room".to_owned(),
        _ if !in_its_layer => "takes that array out of the layer".to_owned(),
        Some((volume, _)) => format!("takes volume {volume} out of the layer"),
        None => return Ok(()),
    };
    Err(Rejection::EstateForgets {
        reason: format!(
            "the side of storage layer {layer} on array {array} is old, and this estate {what}: \
             nobody would know any more that it lacks writes; resynchronise it first, or take the \
             array out of the estate altogether"
        ),
    })
}
