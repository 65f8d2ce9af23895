use std::collections::BTreeSet;

use model::id::{LinkId, PathId, RoomId};

/// One path of one link.
pub type PathKey = (LinkId, PathId);

/// What does not work at the moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Weather {
    /// Paths that are cut.
    pub down: BTreeSet<PathKey>,
    /// Rooms without power.
    pub dead: BTreeSet<RoomId>,
}
