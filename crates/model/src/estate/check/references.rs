//! Every name that an entry gives stands somewhere in the file.

use crate::diagnostic::{ByteSpan, say};
use crate::estate::places::Section;
use crate::yaml::nearest;

use super::Checker;

mod continuity;

/// One name that is given somewhere.
struct Reference {
    from: Section,
    id: String,
    fields: &'static [&'static str],
    noun: (&'static str, &'static str),
    name: String,
    known: bool,
}

pub(super) fn check(c: &mut Checker<'_, '_>) {
    let mut all: Vec<Reference> = Vec::new();
    storage(c, &mut all);
    hosts(c, &mut all);
    vms_and_services(c, &mut all);
    continuity::references(c, &mut all);
    let mut said = std::collections::BTreeSet::new();
    for reference in all.into_iter().filter(|reference| !reference.known) {
        let Reference { from, id, fields, noun, name, .. } = reference;
        let at = c.places.item(from, &id, fields, &name);
        // A pattern of a hundred VMs names the missing thing once.
        if !said.insert((at, name.clone())) {
            continue;
        }
        let valid = valid(c, noun.0);
        dangling(c, (from, &id), at, noun, &name, &valid);
    }
}

/// Reports a name that stands nowhere in the file; `valid` are those of its kind that do.
pub(super) fn dangling(
    c: &mut Checker<'_, '_>,
    (from, id): (Section, &str),
    at: ByteSpan,
    (en, fr): (&str, &str),
    name: &str,
    valid: &[String],
) {
    let listed = valid.iter().take(12).cloned().collect::<Vec<_>>().join(", ");
    let help = match nearest(name, valid.iter().map(String::as_str)) {
        _ if valid.is_empty() => say!(
            "the file has no {en} at all: add it, or take the name out",
            "le fichier n'a aucune entrée de ce genre ({fr}) : l'ajouter, ou retirer le nom"
        ),
        Some(near) => say!(
            "did you mean `{near}`? Otherwise add the {en} `{name}` to the file",
            "vouliez-vous dire `{near}` ? Sinon ajouter au fichier {fr} `{name}`"
        ),
        None => say!(
            "add the {en} `{name}` to the file, or name one that is there: {listed}",
            "ajouter au fichier {fr} `{name}`, ou en nommer un qui s'y trouve : {listed}"
        ),
    };
    let owner = from.noun();
    let (owner_en, owner_fr) = (owner.en, owner.fr);
    c.findings.error(
        "estate.dangling-reference",
        at,
        say!(
            "{owner_en} `{id}` names the {en} `{name}`, which does not exist",
            "{owner_fr} `{id}` nomme {fr} `{name}`, qui n'existe pas"
        ),
        say!("no such {en}", "n'existe pas ({fr})"),
        help,
    );
}

pub(super) const ROOM: (&str, &str) = ("room", "la salle");
const ARRAY: (&str, &str) = ("array", "la baie");
const LAYER: (&str, &str) = ("storage layer", "la couche de stockage");
pub(super) const VOLUME: (&str, &str) = ("volume", "le volume");
const NETWORK: (&str, &str) = ("network", "le réseau");
const DEVICE: (&str, &str) = ("device", "le périphérique");
pub(super) const HOST: (&str, &str) = ("host", "l'hôte");
const VM: (&str, &str) = ("VM", "la VM");
pub(super) const SERVICE: (&str, &str) = ("service", "le service");
const CONTACT: (&str, &str) = ("contact", "le contact");

fn valid(c: &Checker<'_, '_>, noun: &str) -> Vec<String> {
    fn names<'i, I: ToString + 'i>(ids: impl Iterator<Item = &'i I>) -> Vec<String> {
        ids.map(ToString::to_string).collect()
    }
    match noun {
        "room" => names(c.estate.rooms.keys()),
        "array" => names(c.estate.arrays.keys()),
        "storage layer" => names(c.estate.storage_layers.keys()),
        "volume" => names(c.estate.volumes.keys()),
        "network" => names(c.networks.iter()),
        "device" => names(c.devices.iter()),
        "host" => names(c.estate.hosts.keys()),
        "VM" => names(c.estate.vms.keys()),
        "contact" => names(c.estate.contacts.keys()),
        _ => names(c.estate.services.keys()),
    }
}

fn storage(c: &Checker<'_, '_>, all: &mut Vec<Reference>) {
    let estate = c.estate;
    for (id, link) in &estate.links {
        for room in &link.between {
            all.push(Reference {
                from: Section::Links,
                id: id.to_string(),
                fields: &["between"],
                noun: ROOM,
                name: room.to_string(),
                known: estate.rooms.contains_key(room),
            });
        }
    }
    for (id, array) in &estate.arrays {
        all.push(Reference {
            from: Section::Arrays,
            id: id.to_string(),
            fields: &["room"],
            noun: ROOM,
            name: array.room.to_string(),
            known: estate.rooms.contains_key(&array.room),
        });
    }
    for (id, layer) in &estate.storage_layers {
        let rooms = [("quorum", &layer.quorum), ("preferred", &layer.preferred)];
        for (field, room) in rooms {
            all.push(Reference {
                from: Section::StorageLayers,
                id: id.to_string(),
                fields: if field == "quorum" { &["quorum"] } else { &["preferred"] },
                noun: ROOM,
                name: room.to_string(),
                known: estate.rooms.contains_key(room),
            });
        }
        for array in &layer.arrays {
            all.push(Reference {
                from: Section::StorageLayers,
                id: id.to_string(),
                fields: &["arrays"],
                noun: ARRAY,
                name: array.to_string(),
                known: estate.arrays.contains_key(array),
            });
        }
    }
    for (id, volume) in &estate.volumes {
        for array in &volume.arrays {
            // When the volume takes its arrays from its layer, the layer is complained about.
            all.push(Reference {
                from: Section::Volumes,
                id: id.to_string(),
                fields: &["arrays"],
                noun: ARRAY,
                name: array.to_string(),
                known: estate.arrays.contains_key(array)
                    || volume
                        .layer
                        .as_ref()
                        .and_then(|layer| estate.storage_layers.get(layer))
                        .is_some_and(|layer| layer.arrays.contains(array)),
            });
        }
        if let Some(replica) = &volume.replica {
            all.push(Reference {
                from: Section::Volumes,
                id: id.to_string(),
                fields: &["replicated-to.room"],
                noun: ROOM,
                name: replica.room.to_string(),
                known: estate.rooms.contains_key(&replica.room),
            });
        }
        if let Some(layer) = &volume.layer {
            all.push(Reference {
                from: Section::Volumes,
                id: id.to_string(),
                fields: &["layer"],
                noun: LAYER,
                name: layer.to_string(),
                known: estate.storage_layers.contains_key(layer),
            });
        }
    }
}

fn hosts(c: &Checker<'_, '_>, all: &mut Vec<Reference>) {
    let estate = c.estate;
    for (id, host) in &estate.hosts {
        let mut push = |fields, noun, name: &str, known| {
            let (from, id, name) = (Section::Hosts, id.to_string(), name.to_owned());
            all.push(Reference { from, id, fields, noun, name, known });
        };
        push(&["room"], ROOM, host.room.as_str(), estate.rooms.contains_key(&host.room));
        for network in &host.networks {
            push(&["networks"], NETWORK, network.as_str(), c.networks.contains(network));
        }
        for volume in &host.volumes {
            push(&["volumes"], VOLUME, volume.as_str(), estate.volumes.contains_key(volume));
        }
        for device in &host.devices {
            push(&["devices"], DEVICE, device.as_str(), c.devices.contains(device));
        }
    }
}

fn vms_and_services(c: &Checker<'_, '_>, all: &mut Vec<Reference>) {
    let estate = c.estate;
    for (id, vm) in &estate.vms {
        let mut push = |fields, noun, name: &str, known| {
            let (from, id, name) = (Section::Vms, id.to_string(), name.to_owned());
            all.push(Reference { from, id, fields, noun, name, known });
        };
        let service = &vm.service;
        push(&["service"], SERVICE, service.as_str(), estate.services.contains_key(service));
        let home: &[&str] = &["home", "spread.home"];
        push(home, HOST, vm.home.as_str(), estate.hosts.contains_key(&vm.home));
        for host in &vm.prefers {
            push(&["prefers"], HOST, host.as_str(), estate.hosts.contains_key(host));
        }
        for network in &vm.networks {
            push(&["networks"], NETWORK, network.as_str(), c.networks.contains(network));
        }
        for volume in &vm.volumes {
            let fields: &[&str] = &["volumes", "spread.volume"];
            push(fields, VOLUME, volume.as_str(), estate.volumes.contains_key(volume));
        }
        for device in &vm.devices {
            push(&["devices"], DEVICE, device.as_str(), c.devices.contains(device));
        }
        for other in &vm.after {
            push(&["after"], VM, other.as_str(), estate.vms.contains_key(other));
        }
    }
    for (id, service) in &estate.services {
        for other in &service.depends_on {
            all.push(Reference {
                from: Section::Services,
                id: id.to_string(),
                fields: &["depends-on"],
                noun: SERVICE,
                name: other.to_string(),
                known: estate.services.contains_key(other),
            });
        }
    }
}
