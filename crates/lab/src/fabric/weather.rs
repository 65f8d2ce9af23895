use std::collections::BTreeSet;
use std::net::SocketAddr;

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
    /// Endpoints that no other room reaches, as behind a firewall that drops their traffic.
    pub silent: BTreeSet<SocketAddr>,
}
