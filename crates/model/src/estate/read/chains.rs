use crate::id::ChainId;
use crate::text::Text;
use crate::yaml::{Fields, Reader};

use super::{Draft, Shape, each_entry};
use crate::estate::Chain;
use crate::estate::places::Section;

const SHAPE: Shape = Shape { key: "chains", section: Section::Chains, known: &["title", "links"] };

pub(super) fn read<'t>(reader: &mut Reader<'t>, spec: &Fields<'t>, draft: &mut Draft) {
    let chains = &mut draft.estate.chains;
    each_entry(reader, spec, None, &mut draft.places, &SHAPE, |r, fields, names| {
        let title = fields.optional(r, "title", None, |r, node| r.title(node).map(Some));
        let links = fields.required(r, "links", Reader::ids);
        let (Some(title), Some(links)) = (title, links) else { return };
        for name in names {
            let title = title.clone().unwrap_or_else(|| Text::Same(name.clone()));
            chains.insert(ChainId(name), Chain { title, links: links.clone() });
        }
    });
}
