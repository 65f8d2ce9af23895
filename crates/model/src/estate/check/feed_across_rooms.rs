//! No single power feed takes two rooms with it: capacity is proved for the loss of one.

use std::collections::BTreeSet;

use crate::diagnostic::say;
use crate::estate::places::Section;
use crate::id::RoomId;

use super::Checker;
use super::naming::some_of;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    let estate = c.estate;
    for id in estate.power_feeds.keys() {
        let dark = estate.dark_without(id);
        let hosts = dark.hosts.iter().filter_map(|host| estate.hosts.get(host));
        let arrays = dark.arrays.iter().filter_map(|array| estate.arrays.get(array));
        let rooms: BTreeSet<&RoomId> =
            hosts.map(|host| &host.room).chain(arrays.map(|array| &array.room)).collect();
        if rooms.len() < 2 {
            continue;
        }
        let rooms: Vec<&RoomId> = rooms.into_iter().collect();
        let (en, fr) = some_of(&rooms);
        c.findings.warning(
            "estate.feed-across-rooms",
            c.key(Section::PowerFeeds, id.as_str()),
            say!(
                "power feed `{id}` alone takes what stands in rooms {en} with it: two rooms are no help against it",
                "l'alimentation `{id}` emporte à elle seule ce qui se trouve dans les salles {fr} : deux salles n'y changent rien"
            ),
            say!("one feed, several rooms", "une alimentation, plusieurs salles"),
            say!(
                "let what stands in each room draw from a second feed as well",
                "brancher aussi sur une seconde alimentation ce qui se trouve dans chaque salle"
            ),
        );
    }
}
