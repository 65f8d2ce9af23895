use crate::id::{HostId, RepairId};
use crate::text::Text;
use crate::yaml::{Fields, Reader};

use super::{Draft, Shape, each_entry};
use crate::estate::Repair;
use crate::estate::places::Section;

const SHAPE: Shape =
    Shape { key: "repairs", section: Section::Repairs, known: &["title", "machine", "takes"] };

pub(super) fn read<'t>(reader: &mut Reader<'t>, spec: &Fields<'t>, draft: &mut Draft) {
    let repairs = &mut draft.estate.repairs;
    each_entry(reader, spec, None, &mut draft.places, &SHAPE, |r, fields, names| {
        let title = fields.optional(r, "title", None, |r, node| r.title(node).map(Some));
        let machine = fields.required(r, "machine", Reader::id::<HostId>);
        let takes = fields.required(r, "takes", Reader::duration);
        let (Some(title), Some(machine), Some(takes)) = (title, machine, takes) else { return };
        for name in names {
            let title = title.clone().unwrap_or_else(|| Text::Same(name.clone()));
            repairs.insert(RepairId(name), Repair { title, machine: machine.clone(), takes });
        }
    });
}
