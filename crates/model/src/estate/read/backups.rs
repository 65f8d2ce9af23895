use std::collections::BTreeMap;

use crate::id::{BackupId, RepositoryId};
use crate::text::Text;
use crate::units::Span;
use crate::yaml::{Fields, Node, Reader};

use super::{Draft, Shape, each_entry};
use crate::estate::Backup;
use crate::estate::places::Section;

const SHAPE: Shape = Shape {
    key: "backups",
    section: Section::Backups,
    known: &["title", "services", "volumes", "machine", "size", "turn", "restore-to", "kept-in"],
};

pub(super) fn read<'t>(reader: &mut Reader<'t>, spec: &Fields<'t>, draft: &mut Draft) {
    let backups = &mut draft.estate.backups;
    each_entry(reader, spec, None, &mut draft.places, &SHAPE, |r, fields, names| {
        let Some((title, backup)) = backup(r, fields) else { return };
        for name in names {
            let title = title.clone().unwrap_or_else(|| Text::Same(name.clone()));
            backups.insert(BackupId(name), Backup { title, ..backup.clone() });
        }
    });
}

fn backup<'t>(r: &mut Reader<'t>, fields: &Fields<'t>) -> Option<(Option<Text>, Backup)> {
    let title = fields.optional(r, "title", None, |r, node| r.title(node).map(Some));
    let services = fields.optional(r, "services", Vec::new(), Reader::ids);
    let volumes = fields.optional(r, "volumes", Vec::new(), Reader::ids);
    let machine = fields.optional(r, "machine", None, |r, node| r.id(node).map(Some));
    let size = fields.required(r, "size", Reader::data_size);
    let turn = fields.optional(r, "turn", 0, |r, node| r.count(node, 0, 9));
    let restore_to = fields.required(r, "restore-to", Reader::ids);
    let kept_in = fields.required(r, "kept-in", kept_in);
    let backup = Backup {
        title: Text::default(),
        services: services?.into_iter().collect(),
        volumes: volumes?.into_iter().collect(),
        machine: machine?,
        size: size?,
        turn: u8::try_from(turn?).unwrap_or(u8::MAX),
        restore_to: restore_to?,
        kept_in: kept_in?,
    };
    Some((title?, backup))
}

/// `{ REPOSITORY: FRESHNESS, … }`.
fn kept_in<'t>(r: &mut Reader<'t>, node: &'t Node) -> Option<BTreeMap<RepositoryId, Span>> {
    let mut kept = BTreeMap::new();
    for entry in r.entries(node)? {
        let names = r.names(&entry.key.text, entry.key.span)?;
        let freshness = r.duration(&entry.node)?;
        kept.extend(names.into_iter().map(|name| (RepositoryId(name), freshness)));
    }
    Some(kept)
}
