//! How a driver fails.

use serde::{Deserialize, Serialize};

use model::era::Token;
use model::step::Outcome;

/// Why a driver did not do, or did not tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "error", rename_all = "kebab-case")]
pub enum DriverError {
    /// The target durably refuses: definite, no effect.
    #[error("refused: {reason}")]
    Refused {
        /// Why.
        reason: String,
    },
    /// The target has seen a newer token: definite, no effect.
    #[error("refused: token {given} is older than {seen}, which the target has seen")]
    OlderToken {
        /// What was given.
        given: Token,
        /// What the target has seen.
        seen: Token,
    },
    /// It failed, definitely, with no effect left behind.
    #[error("failed: {reason}")]
    Failed {
        /// Why.
        reason: String,
    },
    /// No answer, or an answer that leaves the effect open.
    #[error("outcome unknown: {reason}")]
    Unknown {
        /// What is known.
        reason: String,
    },
}

impl From<DriverError> for Outcome {
    fn from(error: DriverError) -> Self {
        match error {
            DriverError::Refused { reason } => Self::Refused { reason },
            DriverError::OlderToken { .. } => Self::Refused { reason: error.to_string() },
            DriverError::Failed { reason } => Self::Failed { reason },
            DriverError::Unknown { reason } => Self::Unknown { reason },
        }
    }
}
