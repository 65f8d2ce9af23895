use crate::id::{CourierId, LocationId};
use crate::text::Text;
use crate::yaml::{Fields, Reader};

use super::{Draft, Shape, each_entry};
use crate::estate::Courier;
use crate::estate::places::Section;

const SHAPE: Shape = Shape {
    key: "couriers",
    section: Section::Couriers,
    known: &["title", "start", "handling", "from", "speed"],
};

pub(super) fn read<'t>(reader: &mut Reader<'t>, spec: &Fields<'t>, draft: &mut Draft) {
    let couriers = &mut draft.estate.couriers;
    each_entry(reader, spec, None, &mut draft.places, &SHAPE, |r, fields, names| {
        let title = fields.optional(r, "title", None, |r, node| r.title(node).map(Some));
        let start = fields.required(r, "start", Reader::duration);
        let handling = fields.required(r, "handling", Reader::duration);
        let from = fields.optional(r, "from", None, |r, node| r.id::<LocationId>(node).map(Some));
        let speed = fields.optional(r, "speed", None, |r, node| r.road_speed(node).map(Some));
        let (Some(title), Some(start), Some(handling), Some(from), Some(speed)) =
            (title, start, handling, from, speed)
        else {
            return;
        };
        for name in names {
            let title = title.clone().unwrap_or_else(|| Text::Same(name.clone()));
            let courier = Courier { title, start, handling, from: from.clone(), speed };
            couriers.insert(CourierId(name), courier);
        }
    });
}
