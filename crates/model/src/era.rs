//! Eras, epochs and the tokens made of them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The number of a cluster's era. A survivor opens a new one when no majority is left.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Era(pub u64);

/// One number in the replicated state, raised by `apply` when a leader starts, at each fence
/// order, at each admission and at each order to arm or disarm. It is not the Raft term.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Epoch(pub u64);

/// A fencing token, compared by era, then epoch. Targets refuse what is older than what they saw.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Token {
    /// Compared first.
    pub era: Era,
    /// Compared second.
    pub epoch: Epoch,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.era.0, self.epoch.0)
    }
}
