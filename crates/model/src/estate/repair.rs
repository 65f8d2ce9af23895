use serde::{Deserialize, Serialize};

use crate::id::HostId;
use crate::text::Text;
use crate::units::Span;

/// A way in which a machine is repaired with what is not in the house.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repair {
    /// For people: who does what.
    pub title: Text,
    /// The machine.
    pub machine: HostId,
    /// From the first call until it runs again.
    pub takes: Span,
}
