use crate::id::{LinkId, PathId};
use crate::yaml::{Fields, Reader};

use super::{Draft, Shape, each_entry};
use crate::estate::places::Section;
use crate::estate::{Link, LinkKind, LinkPath};

const SHAPE: Shape =
    Shape { key: "links", section: Section::Links, known: &["kind", "between", "paths"] };

pub(super) fn read<'t>(reader: &mut Reader<'t>, spec: &Fields<'t>, draft: &mut Draft) {
    let links = &mut draft.estate.links;
    each_entry(reader, spec, None, &mut draft.places, &SHAPE, |r, fields, names| {
        let kind = fields.required(r, "kind", |r, node| {
            r.choice(node, &[("network", LinkKind::Network), ("storage", LinkKind::Storage)])
        });
        let between = fields.required(r, "between", Reader::ids);
        let paths = fields.required(r, "paths", Reader::ids::<PathId>);
        let (Some(kind), Some(between), Some(paths)) = (kind, between, paths) else { return };
        let link = Link {
            kind,
            between: between.into_iter().collect(),
            paths: paths.into_iter().map(|id| LinkPath { id }).collect(),
        };
        links.extend(names.into_iter().map(|name| (LinkId(name), link.clone())));
    });
}
