//! Effects: what the leader, and only the leader, does about an applied entry.

use serde::{Deserialize, Serialize};

use model::action::Action;
use model::era::Token;
use model::id::HostId;
use model::step::StepKey;

/// Something to be done outside, now that its intent is committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "kebab-case")]
pub enum Effect {
    /// Carry out a step item.
    Perform {
        /// Under which key.
        key: StepKey,
        /// Under which token.
        token: Token,
        /// Which attempt.
        attempt: u32,
        /// What.
        action: Action,
    },
    /// Begin the ladder for a host: power, storage and withholding side by side.
    Fence {
        /// Which host.
        host: HostId,
        /// The order's token.
        token: Token,
    },
}
