//! Times. Log time orders and measures; wall time is a label for people.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::units::Span;

/// Time as the log tells it, in milliseconds since the cluster's first entry: the last entry's
/// time plus the leader's own monotonic time since it applied that entry. Never goes back.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct LogTime(pub u64);

impl LogTime {
    /// This long after `self`.
    pub fn after(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.as_millis()))
    }

    /// How long since `earlier`; zero if that is in the future.
    pub fn since(self, earlier: Self) -> Span {
        Span::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Display for LogTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}.{:03}s", self.0 / 1000, self.0 % 1000)
    }
}

/// Milliseconds since 1970-01-01 UTC on somebody's wall clock. A label: nothing is decided by it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct WallTime(pub u64);

/// One machine's own clock that never goes back and counts through suspend, in milliseconds.
/// Values of two machines must not be compared.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Monotonic(pub u64);

impl Monotonic {
    /// This long after `self`.
    pub fn after(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.as_millis()))
    }

    /// How long since `earlier`; zero if that is in the future.
    pub fn since(self, earlier: Self) -> Span {
        Span::from_millis(self.0.saturating_sub(earlier.0))
    }
}
