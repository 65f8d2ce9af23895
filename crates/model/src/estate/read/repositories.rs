use crate::id::RepositoryId;
use crate::text::Text;
use crate::yaml::{Fields, Reader};

use super::{Draft, Shape, each_entry};
use crate::estate::Repository;
use crate::estate::places::Section;

const SHAPE: Shape = Shape {
    key: "repositories",
    section: Section::Repositories,
    known: &["title", "tool", "at", "read", "portable", "serves-in"],
};

pub(super) fn read<'t>(reader: &mut Reader<'t>, spec: &Fields<'t>, draft: &mut Draft) {
    let repositories = &mut draft.estate.repositories;
    each_entry(reader, spec, None, &mut draft.places, &SHAPE, |r, fields, names| {
        let title = fields.optional(r, "title", None, |r, node| r.title(node).map(Some));
        let tool = fields.required(r, "tool", |r, node| r.text(node));
        let at = fields.required(r, "at", Reader::ids);
        let serves_in = fields.optional(r, "serves-in", None, |r, node| r.duration(node).map(Some));
        // What serves in place is not copied from, unless it says how fast.
        let read = match serves_in {
            Some(Some(_)) => {
                fields.optional(r, "read", None, |r, node| r.data_rate(node).map(Some))
            }
            _ => fields.required(r, "read", |r, node| r.data_rate(node).map(Some)),
        };
        let portable = fields.optional(r, "portable", false, Reader::flag);
        let (Some(title), Some(tool), Some(at), Some(read), Some(portable), Some(serves_in)) =
            (title, tool, at, read, portable, serves_in)
        else {
            return;
        };
        for name in names {
            let repository = Repository {
                title: title.clone().unwrap_or_else(|| Text::Same(name.clone())),
                tool: tool.clone(),
                at: at.iter().cloned().collect(),
                read,
                portable,
                serves_in,
            };
            repositories.insert(RepositoryId(name), repository);
        }
    });
}
