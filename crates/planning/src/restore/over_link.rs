//! Over the links: at once, as fast as the narrowest of them and the reader allow.

use std::collections::BTreeSet;

use model::estate::Repository;
use model::id::{LocationId, RepositoryId, RoomId};
use model::units::Span;

use super::queue::Shared;
use super::route::routes;
use super::way::{Found, Kind, Missing, Wanted};

pub(super) fn find(
    wanted: &Wanted<'_>,
    (id, repository): (&RepositoryId, &Repository),
    (at, to): (&LocationId, &RoomId),
    found: &mut Found,
) {
    let target = LocationId::from(to);
    let Some(read) = repository.read else { return };
    let routes = routes(wanted.estate, wanted.lost, at, &target);
    if routes.is_empty() && !wanted.estate.same_ground(at, &target) {
        found.none(Some(id), Missing::NoLink { from: at.clone(), to: to.clone() });
    }
    for route in routes {
        let shared: BTreeSet<Shared> = route
            .over
            .iter()
            .cloned()
            .map(Shared::Link)
            .chain([Shared::Reader(id.clone())])
            .collect();
        let kind = Kind::Link { repository: id.clone(), over: route.over };
        found.ways.push(wanted.copied(kind, Span::ZERO, route.rate.min(read), shared));
    }
}
