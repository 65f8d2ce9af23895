use crate::id::PowerFeedId;
use crate::yaml::{Fields, Reader};

use super::probe::probe;
use super::{Draft, Shape, each_entry};
use crate::estate::PowerFeed;
use crate::estate::places::Section;

const SHAPE: Shape = Shape {
    key: "power-feeds",
    section: Section::PowerFeeds,
    known: &["room", "battery", "rooms", "hosts", "arrays", "probe"],
};

pub(super) fn read<'t>(reader: &mut Reader<'t>, spec: &Fields<'t>, draft: &mut Draft) {
    let feeds = &mut draft.estate.power_feeds;
    each_entry(reader, spec, None, &mut draft.places, &SHAPE, |r, fields, names| {
        let Some(feed) = feed(r, fields) else { return };
        feeds.extend(names.into_iter().map(|name| (PowerFeedId(name), feed.clone())));
    });
}

fn feed<'t>(r: &mut Reader<'t>, fields: &Fields<'t>) -> Option<PowerFeed> {
    let room = fields.required(r, "room", Reader::id);
    let battery = fields.optional(r, "battery", None, |r, node| r.duration(node).map(Some));
    let rooms = fields.optional(r, "rooms", Vec::new(), Reader::ids);
    let hosts = fields.optional(r, "hosts", Vec::new(), Reader::ids);
    let arrays = fields.optional(r, "arrays", Vec::new(), Reader::ids);
    let probe = fields.optional(r, "probe", None, |r, node| probe(r, node).map(Some));
    Some(PowerFeed {
        room: room?,
        battery: battery?,
        rooms: rooms?.into_iter().collect(),
        hosts: hosts?.into_iter().collect(),
        arrays: arrays?.into_iter().collect(),
        probe: probe?,
    })
}
