use serde::{Deserialize, Serialize};
use state_machine::State;

/// The head of the audit tree as this node has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuditHead {
    /// The era whose tree it is.
    pub era: u64,
    /// How many leaves.
    pub size: u64,
    /// The root, in hex.
    pub root: String,
}

pub(super) fn view(state: &State) -> AuditHead {
    AuditHead { era: state.era.0, size: state.audit.size, root: state.audit.root().to_string() }
}
