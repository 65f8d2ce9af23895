//! What contacts, chains, power feeds, sensors and data tiers name.

use crate::estate::places::Section;

use super::{ARRAY, CONTACT, Checker, HOST, ROOM, Reference, SERVICE, VOLUME};

pub(super) fn references(c: &Checker<'_, '_>, all: &mut Vec<Reference>) {
    let estate = c.estate;
    for (id, service) in &estate.services {
        let mut push = named_by(Section::Services, id.as_str(), all);
        for contact in &service.contacts {
            let known = estate.contacts.contains_key(contact);
            push(&["contacts"], CONTACT, contact.as_str(), known);
        }
    }
    for (id, chain) in &estate.chains {
        let mut push = named_by(Section::Chains, id.as_str(), all);
        for link in &chain.links {
            push(&["links"], SERVICE, link.as_str(), estate.services.contains_key(link));
        }
    }
    for (id, feed) in &estate.power_feeds {
        let mut push = named_by(Section::PowerFeeds, id.as_str(), all);
        push(&["room"], ROOM, feed.room.as_str(), estate.rooms.contains_key(&feed.room));
        for room in &feed.rooms {
            push(&["rooms"], ROOM, room.as_str(), estate.rooms.contains_key(room));
        }
        for host in &feed.hosts {
            push(&["hosts"], HOST, host.as_str(), estate.hosts.contains_key(host));
        }
        for array in &feed.arrays {
            push(&["arrays"], ARRAY, array.as_str(), estate.arrays.contains_key(array));
        }
    }
    for (id, sensor) in &estate.sensors {
        let mut push = named_by(Section::Sensors, id.as_str(), all);
        push(&["room"], ROOM, sensor.room.as_str(), estate.rooms.contains_key(&sensor.room));
    }
    for (id, tier) in &estate.data_tiers {
        let mut push = named_by(Section::DataTiers, id.as_str(), all);
        for volume in &tier.volumes {
            push(&["volumes"], VOLUME, volume.as_str(), estate.volumes.contains_key(volume));
        }
    }
}

/// Adds what one entry names.
fn named_by(
    from: Section,
    id: &str,
    all: &mut Vec<Reference>,
) -> impl FnMut(&'static [&'static str], (&'static str, &'static str), &str, bool) {
    move |fields, noun, name, known| {
        let (id, name) = (id.to_owned(), name.to_owned());
        all.push(Reference { from, id, fields, noun, name, known });
    }
}
