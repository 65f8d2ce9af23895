use std::str::FromStr;

use model::estate::{Estate, LinkKind};
use model::id::RoomId;

use super::weather::PathKey;

/// A cut, as a person asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// One of the redundant paths of the network between the production rooms.
    Path,
    /// The whole network between the production rooms; storage goes on.
    Lan,
    /// Every link of the last-resort room.
    LastResort,
    /// Network and storage between the production rooms.
    All,
    /// Every link there is.
    Everything,
}

/// A cut that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no cut; there are `path`, `lan`, `c` and `all`")]
pub struct UnknownCut(String);

impl FromStr for Cut {
    type Err = UnknownCut;

    fn from_str(text: &str) -> Result<Self, UnknownCut> {
        match text {
            "path" => Ok(Self::Path),
            "lan" => Ok(Self::Lan),
            "c" => Ok(Self::LastResort),
            "all" => Ok(Self::All),
            _ => Err(UnknownCut(text.to_owned())),
        }
    }
}

/// Every path of every link of these kinds between two rooms.
pub fn paths_between(
    estate: &Estate,
    one: &RoomId,
    other: &RoomId,
    kinds: &[LinkKind],
) -> Vec<PathKey> {
    estate
        .links
        .iter()
        .filter(|(_, link)| {
            kinds.contains(&link.kind) && link.between.contains(one) && link.between.contains(other)
        })
        .flat_map(|(id, link)| link.paths.iter().map(move |path| (id.clone(), path.id.clone())))
        .collect()
}

/// Every path of every link that ends in a room.
pub fn paths_of_room(estate: &Estate, room: &RoomId) -> Vec<PathKey> {
    estate
        .rooms
        .keys()
        .filter(|other| *other != room)
        .flat_map(|other| paths_between(estate, room, other, &BOTH))
        .collect()
}

const BOTH: [LinkKind; 2] = [LinkKind::Network, LinkKind::Storage];

/// The paths that a cut takes away, with `a` and `b` the production rooms and `c` the other.
pub fn paths_of_cut(estate: &Estate, cut: Cut, [a, b, c]: [&RoomId; 3]) -> Vec<PathKey> {
    match cut {
        Cut::Path => {
            paths_between(estate, a, b, &[LinkKind::Network]).into_iter().take(1).collect()
        }
        Cut::Lan => paths_between(estate, a, b, &[LinkKind::Network]),
        Cut::All => paths_between(estate, a, b, &BOTH),
        Cut::LastResort => paths_of_room(estate, c),
        Cut::Everything => {
            let mut all = paths_of_room(estate, a);
            all.extend(paths_of_room(estate, b));
            all.extend(paths_of_room(estate, c));
            all.sort();
            all.dedup();
            all
        }
    }
}
