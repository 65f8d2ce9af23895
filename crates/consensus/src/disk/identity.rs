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
    /// The hash of the order that opened the era; none in a cluster's first. Two eras of one
    /// number are two eras.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
}

impl Identity {
    /// A controller of a cluster's first era.
    pub fn first_era(cluster: impl Into<String>, controller: ControllerId) -> Self {
        Self { cluster: cluster.into(), era: Era(0), controller, order: None }
    }

    /// Whether it is this controller of this cluster, in whichever era.
    pub(crate) fn is_same_controller(&self, other: &Self) -> bool {
        (&self.cluster, self.controller) == (&other.cluster, other.controller)
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of cluster {} in era {}", self.controller, self.cluster, self.era.0)
    }
}
