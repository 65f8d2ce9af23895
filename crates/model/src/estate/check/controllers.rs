//! Every room has its own controller, and there are enough of them to outlive one.

use std::collections::BTreeMap;

use crate::diagnostic::{ByteSpan, say};
use crate::estate::places::Section;
use crate::id::{ControllerId, RoomId};

use super::Checker;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    let mut seen: BTreeMap<ControllerId, &RoomId> = BTreeMap::new();
    for (id, room) in &c.estate.rooms {
        let at = c.places.field(Section::Rooms, id.as_str(), "controller");
        let number = room.controller.0;
        let Some(other) = seen.insert(room.controller, id) else { continue };
        let first = c.places.field(Section::Rooms, other.as_str(), "controller");
        let first = c.findings.label(first, say!("room `{other}`", "salle `{other}`"));
        let found = c.findings.error(
            "estate.shared-controller",
            at,
            say!(
                "rooms `{other}` and `{id}` have the same controller {number}: one loss would take two votes",
                "les salles `{other}` et `{id}` ont le même contrôleur {number} : une seule perte prendrait deux voix"
            ),
            say!("room `{id}`", "salle `{id}`"),
            say!(
                "give each room its own number; numbers are never used again",
                "donner à chaque salle son propre numéro ; un numéro ne resservira jamais"
            ),
        );
        found.also.push(first);
    }
    let rooms = c.estate.rooms.len();
    if rooms >= 3 && rooms % 2 == 1 {
        return;
    }
    let first = c.estate.rooms.keys().next();
    let at =
        first.map_or(ByteSpan { offset: 0, length: 1 }, |id| c.key(Section::Rooms, id.as_str()));
    c.findings.error(
        "estate.too-few-rooms",
        at,
        say!(
            "{rooms} rooms give {rooms} controllers: without three or another odd number, losing one room stops the vote or a tie is possible",
            "{rooms} salle(s) donnent {rooms} contrôleur(s) : sans trois ou un autre nombre impair, perdre une salle arrête le vote ou permet une égalité"
        ),
        say!("{rooms} rooms", "{rooms} salle(s)"),
        say!(
            "add a third room, if only a cupboard with a controller and the storage quorum",
            "ajouter une troisième salle, fût-ce un placard avec un contrôleur et le quorum de stockage"
        ),
    );
}
