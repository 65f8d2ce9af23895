use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Measured;
use crate::id::{PathId, RoomId};

/// What a link carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkKind {
    /// IP networks.
    Network,
    /// Block storage.
    Storage,
}

/// A link between two rooms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What it carries.
    pub kind: LinkKind,
    /// Its two ends, two distinct rooms.
    pub between: BTreeSet<RoomId>,
    /// Its paths; any one of them carries the traffic.
    pub paths: Vec<LinkPath>,
    /// What it carries; none where nobody has measured it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
}

/// One path of a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkPath {
    /// Its id, unique within its link.
    pub id: PathId,
}
