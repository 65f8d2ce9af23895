use serde::{Deserialize, Serialize};

use crate::id::{ArrayId, RoomId, StorageLayerId};
use crate::units::Span;

/// A volume.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// The layer that stretches it; none for a volume of one array.
    pub layer: Option<StorageLayerId>,
    /// The arrays that hold a copy: two for a stretched volume.
    pub arrays: Vec<ArrayId>,
    /// A further copy, outside of the layer: what killed the layer cannot reach it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replica: Option<Replica>,
}

/// A copy that follows a volume in another room. It serves nobody until it is opened, and from
/// then on it follows no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replica {
    /// Where it is.
    pub room: RoomId,
    /// How far it may be behind when all is well; nought for a synchronous copy.
    pub behind: Span,
}

impl Replica {
    /// Whether it holds a write before the write is acknowledged, as long as it is in contact.
    pub fn is_synchronous(&self) -> bool {
        self.behind == Span::ZERO
    }
}
