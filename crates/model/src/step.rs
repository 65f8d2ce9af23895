//! Steps of a run: keys, events and outcomes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::era::Era;
use crate::id::{RunId, StepId};

/// One item of one step within a run: `fence/a1`, `start/dpi-07`. A step without `for_each` has
/// the empty item.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ItemRef {
    /// The step.
    pub step: StepId,
    /// The item of its `for_each`, or empty.
    pub item: String,
}

impl fmt::Display for ItemRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.item.is_empty() {
            write!(f, "{}", self.step)
        } else {
            write!(f, "{}/{}", self.step, self.item)
        }
    }
}

/// The key under which an effect happens at most once: `era/run/step/item`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StepKey {
    /// The era.
    pub era: Era,
    /// The run.
    pub run: RunId,
    /// The step and item.
    pub item: ItemRef,
}

impl fmt::Display for StepKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.era.0, self.run, self.item)
    }
}

/// One order to do what a step item says: the attempt that it belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Order {
    /// Of which item.
    pub key: StepKey,
    /// Of which attempt; the first is 1.
    pub attempt: u32,
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, attempt {}", self.key, self.attempt)
    }
}

/// How a step item ended, or what a driver answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// Done, and the post-condition was seen.
    Done {
        /// What was seen, through which channel.
        evidence: String,
    },
    /// The target refuses: an older token, a promise held, no capacity. Definite: no effect.
    Refused {
        /// Why.
        reason: String,
    },
    /// It failed, definitely, with no effect left behind.
    Failed {
        /// Why.
        reason: String,
    },
    /// Nobody knows: observe, never assume.
    Unknown {
        /// What is known.
        reason: String,
    },
}

impl Outcome {
    /// Whether this is `Done`.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done { .. })
    }

    /// The words that come with it.
    pub fn words(&self) -> &str {
        match self {
            Self::Done { evidence } => evidence,
            Self::Refused { reason } | Self::Failed { reason } | Self::Unknown { reason } => reason,
        }
    }

    /// `done`, `refused`, `failed` or `unknown`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::Refused { .. } => "refused",
            Self::Failed { .. } => "failed",
            Self::Unknown { .. } => "unknown",
        }
    }
}
