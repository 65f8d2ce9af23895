use serde::{Deserialize, Serialize};

use crate::units::DataRate;

/// What a link carries, as it was measured: what its contract or its sockets say restores nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// What it carries when nothing else is on it.
    pub rate: DataRate,
    /// What else is on it while data are restored, below `rate`.
    pub load: DataRate,
}

impl Measured {
    /// What is left for a restore.
    pub fn free(self) -> Option<DataRate> {
        self.rate.beside(self.load)
    }
}
