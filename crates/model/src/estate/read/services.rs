use crate::id::ServiceId;
use crate::text::Text;
use crate::yaml::{Fields, Reader};

use super::probe::probe;
use super::{Draft, Shape, each_entry};
use crate::estate::places::Section;
use crate::estate::{Service, Tier};

const SHAPE: Shape = Shape {
    key: "services",
    section: Section::Services,
    known: &["title", "tier", "rto", "rpo", "depends-on", "probe", "mtpd", "contacts", "degraded"],
};

pub(super) fn read<'t>(
    reader: &mut Reader<'t>,
    spec: &Fields<'t>,
    defaults: Option<&Fields<'t>>,
    draft: &mut Draft,
) {
    let services = &mut draft.estate.services;
    each_entry(reader, spec, defaults, &mut draft.places, &SHAPE, |r, fields, names| {
        let title = fields.optional(r, "title", None, |r, node| r.title(node).map(Some));
        let tier = fields.required(r, "tier", |r, node| r.count(node, 0, 9));
        let rto = fields.required(r, "rto", Reader::duration);
        let rpo = fields.required(r, "rpo", Reader::duration);
        let depends_on = fields.optional(r, "depends-on", Vec::new(), Reader::ids);
        let probe = fields.optional(r, "probe", None, |r, node| probe(r, node).map(Some));
        let mtpd = fields.optional(r, "mtpd", None, |r, node| r.duration(node).map(Some));
        let contacts = fields.optional(r, "contacts", Vec::new(), Reader::ids);
        let degraded = fields.optional(r, "degraded", None, |r, node| r.title(node).map(Some));
        let (Some(title), Some(tier), Some(rto), Some(rpo), Some(depends_on), Some(probe)) =
            (title, tier, rto, rpo, depends_on, probe)
        else {
            return;
        };
        let (Some(mtpd), Some(contacts), Some(degraded)) = (mtpd, contacts, degraded) else {
            return;
        };
        for name in names {
            let service = Service {
                title: title.clone().unwrap_or_else(|| Text::Same(name.clone())),
                tier: Tier(u8::try_from(tier).unwrap_or(u8::MAX)),
                rto,
                rpo,
                depends_on: depends_on.iter().cloned().collect(),
                probe: probe.clone(),
                mtpd,
                contacts: contacts.clone(),
                degraded: degraded.clone(),
            };
            services.insert(ServiceId(name), service);
        }
    });
}
