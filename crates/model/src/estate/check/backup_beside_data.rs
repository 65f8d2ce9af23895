//! What takes the data does not take every copy of them.

use std::collections::BTreeSet;

use crate::diagnostic::say;
use crate::estate::places::Section;
use crate::id::LocationId;

use super::Checker;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    for (id, backup) in &c.estate.backups {
        // A site, or a room that stands on none that is known.
        let ground = |location: &LocationId| {
            c.estate.site_of(location).map_or_else(|| location.clone(), LocationId::from)
        };
        let rooms = backup.stands_in(c.estate);
        let data: BTreeSet<LocationId> =
            rooms.into_iter().map(|room| ground(&LocationId::from(room))).collect();
        let kept = backup.kept_in.keys().filter_map(|id| c.estate.repositories.get(id));
        let copies: BTreeSet<LocationId> = kept.flat_map(|kept| &kept.at).map(ground).collect();
        let [one] = data.iter().collect::<Vec<_>>()[..] else { continue };
        if copies != data {
            continue;
        }
        c.findings.warning(
            "estate.backup-beside-its-data",
            c.places.field(Section::Backups, id.as_str(), "kept-in"),
            say!(
                "every copy of backup `{id}` stands in `{one}`, where its data are: one fire takes both",
                "toutes les copies de la sauvegarde `{id}` sont dans `{one}`, avec ses données : un incendie prend tout"
            ),
            say!("nothing off-site", "rien hors du site"),
            say!(
                "keep a copy in a repository that stands elsewhere, and name it here",
                "garder une copie dans un dépôt situé ailleurs, et le nommer ici"
            ),
        );
    }
}
