use std::collections::BTreeMap;

use crate::diagnostic::say;
use crate::id::{LocationId, SiteId};
use crate::text::Text;
use crate::yaml::{Fields, Node, Reader};

use super::{Draft, Shape, each_entry};
use crate::estate::places::Section;
use crate::estate::{Away, Site};

const SHAPE: Shape = Shape {
    key: "sites",
    section: Section::Sites,
    known: &["title", "rooms", "drive", "distance", "to"],
};

pub(super) fn read<'t>(reader: &mut Reader<'t>, spec: &Fields<'t>, draft: &mut Draft) {
    let sites = &mut draft.estate.sites;
    each_entry(reader, spec, None, &mut draft.places, &SHAPE, |r, fields, names| {
        let title = fields.optional(r, "title", None, |r, node| r.title(node).map(Some));
        let rooms = fields.optional(r, "rooms", Vec::new(), Reader::ids);
        let away = away(r, fields);
        let to = fields.optional(r, "to", BTreeMap::new(), to);
        let (Some(title), Some(rooms), Some(away), Some(to)) = (title, rooms, away, to) else {
            return;
        };
        for name in names {
            let site = Site {
                title: title.clone().unwrap_or_else(|| Text::Same(name.clone())),
                rooms: rooms.iter().cloned().collect(),
                away,
                to: to.clone(),
            };
            sites.insert(SiteId(name), site);
        }
    });
}

/// `drive: 50m`, `distance: 60km`, or nothing.
fn away<'t>(r: &mut Reader<'t>, fields: &Fields<'t>) -> Option<Option<Away>> {
    let drive = fields.optional(r, "drive", None, |r, node| r.duration(node).map(Some))?;
    let distance = fields.optional(r, "distance", None, |r, node| r.distance(node).map(Some))?;
    match (drive, distance) {
        (Some(drive), None) => Some(Some(Away::Drive(drive))),
        (None, Some(distance)) => Some(Some(Away::Distance(distance))),
        (None, None) => Some(None),
        (Some(_), Some(_)) => {
            let at = fields.get("distance").map(|node| node.span).unwrap_or_default();
            r.bad_value(
                at,
                say!(
                    "`drive` and `distance` say the same thing twice",
                    "`drive` et `distance` disent deux fois la même chose"
                ),
                say!(
                    "keep `drive`, the time that somebody has driven; `distance` where nobody has",
                    "garder `drive`, le temps que quelqu'un a mis ; `distance` si personne n'a fait la route"
                ),
            );
            None
        }
    }
}

/// `{ LOCATION: { drive: 50m }, … }`.
fn to<'t>(r: &mut Reader<'t>, node: &'t Node) -> Option<BTreeMap<LocationId, Away>> {
    let mut ways = BTreeMap::new();
    for entry in r.entries(node)? {
        let names = r.names(&entry.key.text, entry.key.span)?;
        let to = &entry.key.text;
        let what = say!("the way to `{to}`", "le trajet vers `{to}`");
        let at = entry.key.span;
        let fields = r.fields(&entry.node, what, at, &["drive", "distance"], None)?;
        let Some(away) = away(r, &fields)? else {
            fields.required(r, "drive", Reader::duration);
            return None;
        };
        ways.extend(names.into_iter().map(|name| (LocationId(name), away)));
    }
    Some(ways)
}
