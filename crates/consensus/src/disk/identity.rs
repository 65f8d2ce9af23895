//! Whose store it is.

use std::fmt;

use serde::{Deserialize, Serialize};

use model::era::Era;
use model::id::ControllerId;

/// Whose store it is. Written when it is initialised, compared at every start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The cluster's name, as in the audit log.
    pub cluster: String,
    /// The era.
    pub era: Era,
    /// The controller.
    pub controller: ControllerId,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of cluster {} in era {}", self.controller, self.cluster, self.era.0)
    }
}
