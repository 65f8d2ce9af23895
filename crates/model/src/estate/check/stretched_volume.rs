//! A stretched volume has a side in two rooms; any other volume lies on one array of its own.

use std::collections::BTreeSet;

use crate::diagnostic::say;
use crate::estate::places::Section;

use super::Checker;
use super::naming::some_of;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    let ids: Vec<String> = c.estate.volumes.keys().map(ToString::to_string).collect();
    for group in c.by_entry(Section::Volumes, ids) {
        let Some(first) = group.first() else { continue };
        let Some(volume) = c.estate.volumes.get(&first.as_str().into()) else { continue };
        let rooms: BTreeSet<_> = volume
            .arrays
            .iter()
            .filter_map(|array| c.estate.arrays.get(array))
            .map(|array| &array.room)
            .collect();
        let (en, fr) = some_of(&group);
        let at = c.places.field(Section::Volumes, first, "arrays");
        if volume.layer.is_some() && rooms.len() < 2 {
            c.findings.error(
                "estate.one-sided-volume",
                at,
                say!(
                    "stretched volume {en} has only one side: it dies with its room",
                    "le volume étendu {fr} n'a qu'un côté : il meurt avec sa salle"
                ),
                say!("arrays of one room only", "des baies d'une seule salle"),
                say!(
                    "name an array of each room, or take `layer` out if the volume is not stretched",
                    "nommer une baie de chaque salle, ou retirer `layer` si le volume n'est pas étendu"
                ),
            );
        } else if let Some(layer) = &volume.layer {
            let members = c.estate.storage_layers.get(layer).map(|layer| &layer.arrays);
            let stranger =
                volume.arrays.iter().find(|array| members.is_some_and(|m| !m.contains(array)));
            if let Some(array) = stranger {
                c.findings.error(
                    "estate.volume-outside-layer",
                    c.places.item(Section::Volumes, first, &["arrays"], array.as_str()),
                    say!(
                        "volume {en} lies on array `{array}`, which is no part of layer `{layer}`",
                        "le volume {fr} est sur la baie `{array}`, qui n'est pas de la couche `{layer}`"
                    ),
                    say!("not in `{layer}`", "pas dans `{layer}`"),
                    say!(
                        "take the array out, or add it to the layer",
                        "retirer la baie, ou l'ajouter à la couche"
                    ),
                );
            }
        } else if volume.arrays.len() != 1 {
            c.findings.error(
                "estate.volume-without-layer",
                at,
                say!(
                    "volume {en} names several arrays, but no layer that stretches it over them",
                    "le volume {fr} nomme plusieurs baies, mais aucune couche qui l'étende sur elles"
                ),
                say!("several arrays, no layer", "plusieurs baies, aucune couche"),
                say!(
                    "name its `layer`, or keep the one array that holds it",
                    "nommer sa couche (`layer`), ou garder la seule baie qui le porte"
                ),
            );
        }
    }
}
