//! The tie-break of a storage layer stands outside of its sides, and it prefers one of them.

use std::collections::BTreeSet;

use crate::diagnostic::say;
use crate::estate::places::Section;

use super::Checker;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    for (id, layer) in &c.estate.storage_layers {
        let sides: BTreeSet<_> = layer
            .arrays
            .iter()
            .filter_map(|array| c.estate.arrays.get(array))
            .map(|array| &array.room)
            .collect();
        let (quorum, preferred) = (&layer.quorum, &layer.preferred);
        if sides.contains(quorum) {
            c.findings.warning(
                "estate.quorum-on-a-side",
                c.places.field(Section::StorageLayers, id.as_str(), "quorum"),
                say!(
                    "the quorum of layer `{id}` stands in room `{quorum}`, with one of the sides: when that room dies, the other side stops too",
                    "le quorum de la couche `{id}` est dans la salle `{quorum}`, avec l'un des côtés : si cette salle meurt, l'autre côté s'arrête aussi"
                ),
                say!("same room as an array", "même salle qu'une baie"),
                say!("put the quorum in a third room", "placer le quorum dans une troisième salle"),
            );
        }
        if !sides.contains(preferred) {
            c.findings.error(
                "estate.preferred-side",
                c.places.field(Section::StorageLayers, id.as_str(), "preferred"),
                say!(
                    "layer `{id}` prefers room `{preferred}`, where it has no array",
                    "la couche `{id}` préfère la salle `{preferred}`, où elle n'a aucune baie"
                ),
                say!("no side there", "aucun côté là"),
                say!("name the room of one of its arrays", "nommer la salle de l'une de ses baies"),
            );
        }
    }
}
