use crate::id::{LinkId, PathId};
use crate::yaml::{Fields, Reader};

use super::{Draft, Shape, each_entry, measured};
use crate::estate::places::Section;
use crate::estate::{Link, LinkKind, LinkPath};

const SHAPE: Shape = Shape {
    key: "links",
    section: Section::Links,
    known: &["kind", "between", "paths", "rate", "load"],
};

pub(super) fn read<'t>(reader: &mut Reader<'t>, spec: &Fields<'t>, draft: &mut Draft) {
    let links = &mut draft.estate.links;
    each_entry(reader, spec, None, &mut draft.places, &SHAPE, |r, fields, names| {
        let kind = fields.required(r, "kind", |r, node| {
            r.choice(node, &[("network", LinkKind::Network), ("storage", LinkKind::Storage)])
        });
        let between = fields.required(r, "between", Reader::ids);
        let paths = fields.required(r, "paths", Reader::ids::<PathId>);
        let measured = match fields.get("rate").or_else(|| fields.get("load")) {
            Some(_) => measured::read(r, fields).map(Some),
            None => Some(None),
        };
        let (Some(kind), Some(between), Some(paths), Some(measured)) =
            (kind, between, paths, measured)
        else {
            return;
        };
        let link = Link {
            kind,
            between: between.into_iter().collect(),
            paths: paths.into_iter().map(|id| LinkPath { id }).collect(),
            measured,
        };
        links.extend(names.into_iter().map(|name| (LinkId(name), link.clone())));
    });
}
