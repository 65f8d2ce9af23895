//! A location has one name: no site is called like a room, and a room stands on one site.

use std::collections::BTreeMap;

use crate::diagnostic::say;
use crate::estate::places::Section;
use crate::id::{RoomId, SiteId};

use super::Checker;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    let mut stands_on: BTreeMap<&RoomId, &SiteId> = BTreeMap::new();
    for (id, site) in &c.estate.sites {
        if c.estate.rooms.contains_key(&id.as_str().into()) {
            let room = c.key(Section::Rooms, id.as_str());
            let room = c.findings.label(room, say!("the room", "la salle"));
            let found = c.findings.error(
                "estate.location-twice",
                c.key(Section::Sites, id.as_str()),
                say!(
                    "site `{id}` is called like a room: a link or a repository that names `{id}` could mean either",
                    "le site `{id}` porte le nom d'une salle : une liaison ou un dépôt qui nomme `{id}` pourrait désigner l'un ou l'autre"
                ),
                say!("the site", "le site"),
                say!("give the site another name", "donner un autre nom au site"),
            );
            found.also.push(room);
        }
        for room in &site.rooms {
            let Some(other) = stands_on.insert(room, id) else { continue };
            c.findings.error(
                "estate.room-on-two-sites",
                c.places.item(Section::Sites, id.as_str(), &["rooms"], room.as_str()),
                say!(
                    "room `{room}` stands on site `{other}` already",
                    "la salle `{room}` est déjà sur le site `{other}`"
                ),
                say!("on a second site", "sur un second site"),
                say!("keep it on one of the two", "la garder sur l'un des deux"),
            );
        }
    }
}
