use crate::id::{ControllerId, RoomId};
use crate::product::Product;
use crate::text::Text;
use crate::yaml::{Fields, Reader};

use super::{Draft, Shape, each_entry};
use crate::estate::places::Section;
use crate::estate::{Room, RoomRole};

const SHAPE: Shape = Shape {
    key: "rooms",
    section: Section::Rooms,
    known: &["title", "role", "technology", "controller"],
};

pub(super) fn read<'t>(reader: &mut Reader<'t>, spec: &Fields<'t>, draft: &mut Draft) {
    let rooms = &mut draft.estate.rooms;
    each_entry(reader, spec, None, &mut draft.places, &SHAPE, |r, fields, names| {
        let title = fields.optional(r, "title", None, |r, node| r.title(node).map(Some));
        let role = fields.required(r, "role", |r, node| {
            r.choice(
                node,
                &[("production", RoomRole::Production), ("last-resort", RoomRole::LastResort)],
            )
        });
        let technology = fields.required(r, "technology", |r, node| r.choice(node, &Product::ALL));
        let controller = fields.required(r, "controller", |r, node| r.count(node, 1, u32::MAX));
        let (Some(title), Some(role), Some(technology), Some(controller)) =
            (title, role, technology, controller)
        else {
            return;
        };
        for name in names {
            let title = title.clone().unwrap_or_else(|| Text::Same(name.clone()));
            let controller = ControllerId(u64::from(controller));
            rooms.insert(RoomId(name), Room { title, role, technology, controller });
        }
    });
}
