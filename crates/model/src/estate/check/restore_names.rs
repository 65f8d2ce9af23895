//! Every name that a site, a backup or anything else of a restore gives stands in the file.

use std::collections::BTreeSet;

use crate::diagnostic::ByteSpan;
use crate::estate::places::Section;
use crate::id::LocationId;

use super::Checker;
use super::references::{HOST, ROOM, SERVICE, VOLUME, dangling};

const LOCATION: (&str, &str) = ("room or site", "la salle ou le site");
const REPOSITORY: (&str, &str) = ("repository", "le dépôt");

/// A name that is given and stands nowhere.
struct Missing {
    from: Section,
    id: String,
    at: ByteSpan,
    noun: (&'static str, &'static str),
    name: String,
}

pub(super) fn check(c: &mut Checker<'_, '_>) {
    let mut missing = Vec::new();
    places(c, &mut missing);
    backups(c, &mut missing);
    machines(c, &mut missing);
    let mut said = BTreeSet::new();
    for Missing { from, id, at, noun, name } in missing {
        // A pattern of many names the missing thing once.
        if said.insert((at, name.clone())) {
            let valid = valid(c, noun);
            dangling(c, (from, &id), at, noun, &name, &valid);
        }
    }
}

fn valid(c: &Checker<'_, '_>, noun: (&str, &str)) -> Vec<String> {
    fn names<'i, I: ToString + 'i>(ids: impl Iterator<Item = &'i I>) -> Vec<String> {
        ids.map(ToString::to_string).collect()
    }
    let estate = c.estate;
    match noun {
        ROOM => names(estate.rooms.keys()),
        HOST => names(estate.hosts.keys()),
        VOLUME => names(estate.volumes.keys()),
        SERVICE => names(estate.services.keys()),
        REPOSITORY => names(estate.repositories.keys()),
        _ => [names(estate.rooms.keys()), names(estate.sites.keys())].concat(),
    }
}

fn places(c: &Checker<'_, '_>, missing: &mut Vec<Missing>) {
    let estate = c.estate;
    let mut location = |from: Section, id: &str, at: ByteSpan, location: &LocationId| {
        if !estate.is_location(location) {
            let (id, name) = (id.to_owned(), location.to_string());
            missing.push(Missing { from, id, at, noun: LOCATION, name });
        }
    };
    for (id, site) in &estate.sites {
        for to in site.to.keys() {
            let at = c.places.field(Section::Sites, id.as_str(), &format!("to.{to}"));
            location(Section::Sites, id.as_str(), at, to);
        }
    }
    for (id, link) in &estate.wide_links {
        for end in &link.between {
            let at = c.places.item(Section::WideLinks, id.as_str(), &["between"], end.as_str());
            location(Section::WideLinks, id.as_str(), at, end);
        }
    }
    for (id, repository) in &estate.repositories {
        for place in &repository.at {
            let at = c.places.item(Section::Repositories, id.as_str(), &["at"], place.as_str());
            location(Section::Repositories, id.as_str(), at, place);
        }
    }
    for (id, courier) in &estate.couriers {
        if let Some(from) = &courier.from {
            let at = c.places.field(Section::Couriers, id.as_str(), "from");
            location(Section::Couriers, id.as_str(), at, from);
        }
    }
    for (id, spare) in &estate.spares {
        let at = c.places.field(Section::Spares, id.as_str(), "at");
        location(Section::Spares, id.as_str(), at, &spare.at);
    }
    for (id, site) in &estate.sites {
        for room in site.rooms.iter().filter(|room| !estate.rooms.contains_key(room)) {
            let at = c.places.item(Section::Sites, id.as_str(), &["rooms"], room.as_str());
            let (id, name) = (id.to_string(), room.to_string());
            missing.push(Missing { from: Section::Sites, id, at, noun: ROOM, name });
        }
    }
}

fn backups(c: &Checker<'_, '_>, missing: &mut Vec<Missing>) {
    let estate = c.estate;
    for (id, backup) in &estate.backups {
        let mut named = |field: &str, noun, name: &str, known: bool| {
            let (from, id, fields) = (Section::Backups, id.as_str(), [field]);
            let at = match field {
                "kept-in" => c.places.field(from, id, &format!("kept-in.{name}")),
                _ => c.places.item(from, id, &fields, name),
            };
            if !known {
                missing.push(Missing { from, id: id.to_owned(), at, noun, name: name.to_owned() });
            }
        };
        for service in &backup.services {
            let known = estate.services.contains_key(service);
            named("services", SERVICE, service.as_str(), known);
        }
        for volume in &backup.volumes {
            named("volumes", VOLUME, volume.as_str(), estate.volumes.contains_key(volume));
        }
        if let Some(host) = &backup.machine {
            named("machine", HOST, host.as_str(), estate.hosts.contains_key(host));
        }
        for room in &backup.restore_to {
            named("restore-to", ROOM, room.as_str(), estate.rooms.contains_key(room));
        }
        for repository in backup.kept_in.keys() {
            let known = estate.repositories.contains_key(repository);
            named("kept-in", REPOSITORY, repository.as_str(), known);
        }
    }
}

fn machines(c: &Checker<'_, '_>, missing: &mut Vec<Missing>) {
    let hosts = &c.estate.hosts;
    for (id, spare) in &c.estate.spares {
        for host in spare.replaces.iter().filter(|host| !hosts.contains_key(host)) {
            let at = c.places.item(Section::Spares, id.as_str(), &["replaces"], host.as_str());
            let (id, name) = (id.to_string(), host.to_string());
            missing.push(Missing { from: Section::Spares, id, at, noun: HOST, name });
        }
    }
    for (id, repair) in &c.estate.repairs {
        if !hosts.contains_key(&repair.machine) {
            let at = c.places.field(Section::Repairs, id.as_str(), "machine");
            let (id, name) = (id.to_string(), repair.machine.to_string());
            missing.push(Missing { from: Section::Repairs, id, at, noun: HOST, name });
        }
    }
}
