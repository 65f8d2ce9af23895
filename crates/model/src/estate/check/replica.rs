//! A copy outside of its layer stands in a room that keeps none of the volume's arrays: what takes
//! the volume must not take the copy with it.

use crate::diagnostic::say;
use crate::estate::places::Section;

use super::Checker;
use super::naming::some_of;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    let beside: Vec<String> = c
        .estate
        .volumes
        .iter()
        .filter(|(_, volume)| {
            let arrays = volume.arrays.iter().filter_map(|array| c.estate.arrays.get(array));
            let mut rooms = arrays.map(|array| &array.room);
            volume.replica.as_ref().is_some_and(|replica| rooms.any(|room| *room == replica.room))
        })
        .map(|(id, _)| id.to_string())
        .collect();
    for group in c.by_entry(Section::Volumes, beside) {
        let Some(first) = group.first() else { continue };
        let (en, fr) = some_of(&group);
        let at = c.places.field(Section::Volumes, first, "replicated-to.room");
        c.findings.error(
            "estate.replica-beside-its-volume",
            at,
            say!(
                "volume {en} is replicated to a room in which one of its own arrays stands",
                "le volume {fr} est répliqué dans une salle où se trouve l'une de ses propres baies"
            ),
            say!("same room as an array", "même salle qu'une baie"),
            say!(
                "name a room that keeps none of its arrays, as a rule the last-resort room",
                "nommer une salle qui ne porte aucune de ses baies, en principe l'ultime secours"
            ),
        );
    }
}
