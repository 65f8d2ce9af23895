use serde::{Deserialize, Serialize};

use crate::id::{ArrayId, StorageLayerId};

/// A volume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// The layer that stretches it; none for a volume of one array.
    pub layer: Option<StorageLayerId>,
    /// The arrays that hold a copy: two for a stretched volume.
    pub arrays: Vec<ArrayId>,
}
