use crate::id::{HostId, LocationId, SpareId};
use crate::text::Text;
use crate::yaml::{Fields, Reader};

use super::{Draft, Shape, each_entry};
use crate::estate::places::Section;
use crate::estate::{Spare, SpareKind};

const SHAPE: Shape = Shape {
    key: "spares",
    section: Section::Spares,
    known: &["title", "kind", "replaces", "at", "fetch", "fit"],
};

pub(super) fn read<'t>(reader: &mut Reader<'t>, spec: &Fields<'t>, draft: &mut Draft) {
    let spares = &mut draft.estate.spares;
    each_entry(reader, spec, None, &mut draft.places, &SHAPE, |r, fields, names| {
        let title = fields.optional(r, "title", None, |r, node| r.title(node).map(Some));
        let kind = fields.required(r, "kind", |r, node| {
            r.choice(node, &[("machine", SpareKind::Machine), ("part", SpareKind::Part)])
        });
        let replaces = fields.required(r, "replaces", Reader::ids::<HostId>);
        let at = fields.required(r, "at", Reader::id::<LocationId>);
        let fetch = fields.required(r, "fetch", Reader::duration);
        let fit = fields.required(r, "fit", Reader::duration);
        let (Some(title), Some(kind), Some(replaces), Some(at), Some(fetch), Some(fit)) =
            (title, kind, replaces, at, fetch, fit)
        else {
            return;
        };
        for name in names {
            let spare = Spare {
                title: title.clone().unwrap_or_else(|| Text::Same(name.clone())),
                kind,
                replaces: replaces.iter().cloned().collect(),
                at: at.clone(),
                fetch,
                fit,
            };
            spares.insert(SpareId(name), spare);
        }
    });
}
