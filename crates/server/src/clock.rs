//! This node's clocks.

use std::time::{SystemTime, UNIX_EPOCH};

use model::time::{Monotonic, WallTime};

/// The clock that never goes back and counts through suspend, in milliseconds.
pub(crate) fn monotonic() -> Monotonic {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let millis = u64::try_from(now.tv_nsec).unwrap_or(0) / 1_000_000;
    Monotonic(seconds * 1000 + millis)
}

/// The wall clock; a label.
pub(crate) fn wall() -> WallTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    WallTime(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
