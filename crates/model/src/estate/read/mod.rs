//! Reading an estate file into an [`Estate`] whose references are not checked yet.

mod backups;
mod chains;
mod contacts;
mod couriers;
mod data_tiers;
mod hosts;
mod links;
mod measured;
mod power;
mod probe;
mod repairs;
mod repositories;
mod rooms;
mod sensors;
mod services;
mod sites;
mod spares;
mod storage;
mod vms;
mod wide_links;

use std::collections::BTreeSet;

use crate::diagnostic::say;
use crate::id::{DeviceId, NetworkId};
use crate::yaml::{Fields, Node, Reader};

use super::Estate;
use super::places::{Place, Places, Section};

/// An estate file as written.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) estate: Estate,
    pub(super) places: Places,
    pub(super) networks: BTreeSet<NetworkId>,
    pub(super) devices: BTreeSet<DeviceId>,
}

const KEYS: &[&str] = &[
    "networks",
    "devices",
    "defaults",
    "rooms",
    "links",
    "hosts",
    "arrays",
    "storage-layers",
    "volumes",
    "services",
    "vms",
    "contacts",
    "chains",
    "power-feeds",
    "sensors",
    "data-tiers",
    "sites",
    "wide-links",
    "repositories",
    "backups",
    "couriers",
    "spares",
    "repairs",
];

/// Reads the whole file; mistakes are in the reader.
pub(super) fn read<'t>(reader: &mut Reader<'t>, root: &'t Node) -> Option<Draft> {
    let (name, spec) = reader.document(root, "Estate")?;
    let spec = reader.fields(spec, say!("`spec`", "`spec`"), spec.span, KEYS, None)?;
    let networks = spec.optional(reader, "networks", Vec::new(), Reader::ids);
    let devices = spec.optional(reader, "devices", Vec::new(), Reader::ids);
    let defaults = spec.get("defaults").and_then(|node| {
        let what = say!("`defaults`", "`defaults`");
        reader.fields(node, what, node.span, &["hosts", "vms", "services"], None)
    });
    let mut draft = Draft {
        networks: networks.unwrap_or_default().into_iter().collect(),
        devices: devices.unwrap_or_default().into_iter().collect(),
        ..Draft::default()
    };
    draft.estate.name = name;
    rooms::read(reader, &spec, &mut draft);
    links::read(reader, &spec, &mut draft);
    storage::read(reader, &spec, &mut draft);
    hosts::read(reader, &spec, defaults.as_ref(), &mut draft);
    services::read(reader, &spec, defaults.as_ref(), &mut draft);
    vms::read(reader, &spec, defaults.as_ref(), &mut draft);
    contacts::read(reader, &spec, &mut draft);
    chains::read(reader, &spec, &mut draft);
    power::read(reader, &spec, &mut draft);
    sensors::read(reader, &spec, &mut draft);
    data_tiers::read(reader, &spec, &mut draft);
    sites::read(reader, &spec, &mut draft);
    wide_links::read(reader, &spec, &mut draft);
    repositories::read(reader, &spec, &mut draft);
    backups::read(reader, &spec, &mut draft);
    couriers::read(reader, &spec, &mut draft);
    spares::read(reader, &spec, &mut draft);
    repairs::read(reader, &spec, &mut draft);
    Some(draft)
}

/// One section: its key in the file, what it holds, the keys of its entries.
struct Shape {
    key: &'static str,
    section: Section,
    known: &'static [&'static str],
}

/// Reads every entry of a section; `each` gets the names that the entry stands for.
fn each_entry<'t>(
    reader: &mut Reader<'t>,
    spec: &Fields<'t>,
    defaults: Option<&Fields<'t>>,
    places: &mut Places,
    shape: &Shape,
    mut each: impl FnMut(&mut Reader<'t>, &Fields<'t>, Vec<String>),
) {
    let noun = shape.section.noun();
    let defaults = defaults.and_then(|fields| fields.get(shape.key));
    if let Some(node) = defaults {
        let (en, fr) = (shape.key, shape.key);
        let what = say!("the defaults of `{en}`", "les valeurs par défaut de `{fr}`");
        if reader.fields(node, what, node.span, shape.known, None).is_none() {
            return;
        }
    }
    let Some(entries) = spec.get(shape.key).and_then(|node| reader.entries(node)) else { return };
    for entry in entries {
        let key = &entry.key;
        let Some(names) = reader.names(&key.text, key.span) else { continue };
        let (en, fr, id) = (noun.en, noun.fr, &key.text);
        let what = say!("{en} `{id}`", "{fr} `{id}`");
        let twice = names.iter().find(|name| places.entry(shape.section, name).is_some());
        if let Some(name) = twice {
            let first = places.key(shape.section, name);
            let first = reader.findings.label(first, say!("first here", "d'abord ici"));
            let found = reader.findings.error(
                "estate.duplicate-id",
                key.span,
                say!("the {en} `{name}` is there twice", "{fr} `{name}` : deux fois"),
                say!("again here", "à nouveau ici"),
                say!(
                    "rename one of the two, or remove it",
                    "renommer l'une des deux entrées, ou la retirer"
                ),
            );
            found.also.push(first);
            continue;
        }
        let fields = reader.fields(&entry.node, what, key.span, shape.known, defaults);
        if let Some(fields) = fields {
            places.add(shape.section, &names, Place::new(key.span, &fields));
            each(reader, &fields, names);
        }
    }
}
