use crate::id::{ArrayId, StorageLayerId, VolumeId};
use crate::yaml::{Fields, Node, Reader};

use super::{Draft, Shape, each_entry};
use crate::diagnostic::say;
use crate::estate::places::Section;
use crate::estate::{Array, Replica, StorageLayer, Volume};

const ARRAYS: Shape = Shape { key: "arrays", section: Section::Arrays, known: &["room"] };
const LAYERS: Shape = Shape {
    key: "storage-layers",
    section: Section::StorageLayers,
    known: &["arrays", "quorum", "preferred"],
};
const VOLUMES: Shape = Shape {
    key: "volumes",
    section: Section::Volumes,
    known: &["layer", "arrays", "replicated-to"],
};

pub(super) fn read<'t>(reader: &mut Reader<'t>, spec: &Fields<'t>, draft: &mut Draft) {
    let arrays = &mut draft.estate.arrays;
    each_entry(reader, spec, None, &mut draft.places, &ARRAYS, |r, fields, names| {
        let Some(room) = fields.required(r, "room", Reader::id) else { return };
        let array = Array { room };
        arrays.extend(names.into_iter().map(|name| (ArrayId(name), array.clone())));
    });

    let layers = &mut draft.estate.storage_layers;
    each_entry(reader, spec, None, &mut draft.places, &LAYERS, |r, fields, names| {
        let arrays = fields.required(r, "arrays", Reader::ids);
        let quorum = fields.required(r, "quorum", Reader::id);
        let preferred = fields.required(r, "preferred", Reader::id);
        let (Some(arrays), Some(quorum), Some(preferred)) = (arrays, quorum, preferred) else {
            return;
        };
        let layer = StorageLayer { arrays, quorum, preferred };
        layers.extend(names.into_iter().map(|name| (StorageLayerId(name), layer.clone())));
    });

    let layers = &draft.estate.storage_layers;
    let volumes = &mut draft.estate.volumes;
    each_entry(reader, spec, None, &mut draft.places, &VOLUMES, |r, fields, names| {
        let layer = fields.optional(r, "layer", None, |r, node| r.id(node).map(Some));
        let Some(layer): Option<Option<StorageLayerId>> = layer else { return };
        // A stretched volume lies on every array of its layer unless the file says otherwise.
        let arrays = match layer.as_ref().and_then(|layer| layers.get(layer)) {
            Some(found) => fields.optional(r, "arrays", found.arrays.clone(), Reader::ids),
            None if layer.is_some() => fields.optional(r, "arrays", Vec::new(), Reader::ids),
            None => fields.required(r, "arrays", Reader::ids),
        };
        let replica =
            fields.optional(r, "replicated-to", None, |r, node| replica(r, node).map(Some));
        let (Some(arrays), Some(replica)) = (arrays, replica) else { return };
        let volume = Volume { layer, arrays, replica };
        volumes.extend(names.into_iter().map(|name| (VolumeId(name), volume.clone())));
    });
}

/// `{ room: ROOM, behind: SPAN }`; a synchronous copy is `behind: 0s`.
fn replica<'t>(r: &mut Reader<'t>, node: &'t Node) -> Option<Replica> {
    let what = say!("`replicated-to`", "`replicated-to`");
    let fields = r.fields(node, what, node.span, &["room", "behind"], None)?;
    let room = fields.required(r, "room", Reader::id);
    let behind = fields.required(r, "behind", Reader::duration);
    Some(Replica { room: room?, behind: behind? })
}
