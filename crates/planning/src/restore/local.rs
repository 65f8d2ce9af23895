//! From a repository in the room itself, or on the ground around it: as fast as it is read.

use std::collections::BTreeSet;

use model::estate::Repository;
use model::id::{LocationId, RepositoryId, RoomId};
use model::units::Span;

use super::queue::Shared;
use super::way::{Found, Kind, Wanted};

pub(super) fn find(
    wanted: &Wanted<'_>,
    (id, repository): (&RepositoryId, &Repository),
    (at, to): (&LocationId, &RoomId),
    found: &mut Found,
) {
    let target = LocationId::from(to);
    // In another room of the same site, the link between the two rooms has its say.
    let beside = wanted.estate.room_at(at).is_none() && wanted.estate.same_ground(at, &target);
    let Some(read) = repository.read.filter(|_| *at == target || beside) else { return };
    let shared = BTreeSet::from([Shared::Reader(id.clone())]);
    let kind = Kind::Local { repository: id.clone() };
    found.ways.push(wanted.copied(kind, Span::ZERO, read, shared));
}
