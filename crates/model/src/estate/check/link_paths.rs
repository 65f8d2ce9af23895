//! A link has distinct paths, and better more than one.

use std::collections::BTreeSet;

use crate::diagnostic::say;
use crate::estate::places::Section;

use super::Checker;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    for (id, link) in &c.estate.links {
        let at = c.places.field(Section::Links, id.as_str(), "paths");
        let distinct: BTreeSet<_> = link.paths.iter().map(|path| &path.id).collect();
        if distinct.len() < link.paths.len() {
            c.findings.error(
                "estate.link-paths",
                at,
                say!("link `{id}` names a path twice", "le lien `{id}` nomme deux fois un chemin"),
                say!("names must differ", "les noms doivent différer"),
                say!(
                    "give every path its own name: a cut path is reported by it",
                    "donner à chaque chemin son nom : c'est lui qui est annoncé en cas de coupure"
                ),
            );
        } else if distinct.is_empty() {
            c.findings.error(
                "estate.link-paths",
                at,
                say!("link `{id}` has no path", "le lien `{id}` n'a aucun chemin"),
                say!("at least one path", "au moins un chemin"),
                say!("write `paths: [east, west]`", "écrire `paths: [est, ouest]`"),
            );
        } else if distinct.len() == 1 && both_production(c, id.as_str()) {
            c.findings.warning(
                "estate.single-path",
                at,
                say!(
                    "link `{id}` has one path: one cut cable parts the two rooms",
                    "le lien `{id}` n'a qu'un chemin : un câble coupé sépare les deux salles"
                ),
                say!("only one path", "un seul chemin"),
                say!(
                    "lay a second cable by another way and add it here",
                    "poser un second câble par un autre trajet et l'ajouter ici"
                ),
            );
        }
    }
}

/// A link to the last-resort room may have one path: the other room is its second way.
fn both_production(c: &Checker<'_, '_>, link: &str) -> bool {
    let link = c.estate.links.get(&link.into());
    let production = |room| {
        c.estate
            .rooms
            .get(room)
            .is_some_and(|room| room.role == crate::estate::RoomRole::Production)
    };
    link.is_some_and(|link| link.between.iter().all(production))
}
