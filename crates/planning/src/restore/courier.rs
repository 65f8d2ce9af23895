//! By a courier with the media: hours are lost before the first byte, then the media are read where
//! they are wanted. One trip brings the media of every set that goes by it.

use std::collections::BTreeSet;

use model::estate::Repository;
use model::id::{LocationId, RepositoryId, RoomId};

use super::queue::Shared;
use super::way::{Found, Kind, Missing, Wanted};

pub(super) fn find(
    wanted: &Wanted<'_>,
    (id, repository): (&RepositoryId, &Repository),
    (at, to): (&LocationId, &RoomId),
    found: &mut Found,
) {
    let target = LocationId::from(to);
    let Some(read) = repository.read.filter(|_| repository.portable && *at != target) else {
        return;
    };
    for (courier_id, courier) in &wanted.estate.couriers {
        let sets_out = courier.from.as_ref().unwrap_or(&target);
        let mut arrives = courier.start.saturating_add(courier.handling);
        let mut known = true;
        for (from, to) in [(sets_out, at), (at, &target)] {
            match wanted.estate.drive(from, to, courier.speed) {
                Some(drive) => arrives = arrives.saturating_add(drive),
                None if known => {
                    known = false;
                    let (courier, from, to) = (courier_id.clone(), from.clone(), to.clone());
                    found.none(Some(id), Missing::UnknownDrive { courier, from, to });
                }
                None => {}
            }
        }
        if known {
            let kind = Kind::Courier { repository: id.clone(), courier: courier_id.clone() };
            let shared = BTreeSet::from([Shared::CarriedReader(id.clone())]);
            found.ways.push(wanted.copied(kind, arrives, read, shared));
        }
    }
}
