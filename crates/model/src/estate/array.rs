use serde::{Deserialize, Serialize};

use crate::id::{ArrayId, RoomId};

/// A disk array.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Array {
    /// Where it stands.
    pub room: RoomId,
}

/// A storage layer: arrays of two rooms that serve the same volumes, with a third site that
/// breaks ties when they lose sight of each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageLayer {
    /// Its arrays, one per side.
    pub arrays: Vec<ArrayId>,
    /// The room of its tie-break.
    pub quorum: RoomId,
    /// The side that wins a tie.
    pub preferred: RoomId,
}
