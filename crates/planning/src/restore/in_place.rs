//! Served from where the data stand, as an image cache on each site does: nothing is copied.

use model::estate::Repository;
use model::id::RepositoryId;

use super::way::{Found, Kind, Wanted, Way};

pub(super) fn find(
    wanted: &Wanted<'_>,
    (id, repository): (&RepositoryId, &Repository),
    found: &mut Found,
) {
    let Some(after) = repository.serves_in else { return };
    let left = repository.at.iter().filter(|at| !wanted.lost.takes(wanted.estate, at));
    let kind = Kind::InPlace { repository: id.clone(), left: left.cloned().collect() };
    found.ways.push(Way::waiting(kind, after));
}
