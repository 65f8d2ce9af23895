use crate::id::LinkId;
use crate::yaml::{Fields, Reader};

use super::{Draft, Shape, each_entry, measured};
use crate::estate::WideLink;
use crate::estate::places::Section;

const SHAPE: Shape =
    Shape { key: "wide-links", section: Section::WideLinks, known: &["between", "rate", "load"] };

pub(super) fn read<'t>(reader: &mut Reader<'t>, spec: &Fields<'t>, draft: &mut Draft) {
    let links = &mut draft.estate.wide_links;
    each_entry(reader, spec, None, &mut draft.places, &SHAPE, |r, fields, names| {
        let between = fields.required(r, "between", Reader::ids);
        let measured = measured::read(r, fields);
        let (Some(between), Some(measured)) = (between, measured) else { return };
        let link = WideLink { between: between.into_iter().collect(), measured };
        links.extend(names.into_iter().map(|name| (LinkId(name), link.clone())));
    });
}
