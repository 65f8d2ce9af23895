use crate::id::DataTierId;
use crate::text::Text;
use crate::yaml::{Fields, Reader};

use super::{Draft, Shape, each_entry};
use crate::estate::DataTier;
use crate::estate::places::Section;

const SHAPE: Shape = Shape {
    key: "data-tiers",
    section: Section::DataTiers,
    known: &["title", "turn", "reaches-back", "volumes"],
};

pub(super) fn read<'t>(reader: &mut Reader<'t>, spec: &Fields<'t>, draft: &mut Draft) {
    let tiers = &mut draft.estate.data_tiers;
    each_entry(reader, spec, None, &mut draft.places, &SHAPE, |r, fields, names| {
        let title = fields.optional(r, "title", None, |r, node| r.title(node).map(Some));
        let turn = fields.required(r, "turn", |r, node| r.count(node, 0, 99));
        let back = fields.optional(r, "reaches-back", None, |r, node| r.duration(node).map(Some));
        let volumes = fields.required(r, "volumes", Reader::ids);
        let (Some(title), Some(turn), Some(back), Some(volumes)) = (title, turn, back, volumes)
        else {
            return;
        };
        for name in names {
            let tier = DataTier {
                title: title.clone().unwrap_or_else(|| Text::Same(name.clone())),
                turn: u8::try_from(turn).unwrap_or(u8::MAX),
                reaches_back: back,
                volumes: volumes.iter().cloned().collect(),
            };
            tiers.insert(DataTierId(name), tier);
        }
    });
}
