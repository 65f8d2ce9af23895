//! This host's own clock: it never goes back, and counts through suspend.

use model::time::Monotonic;
use rustix::time::{ClockId, clock_gettime};

/// Now.
pub(crate) fn now() -> Monotonic {
    let time = clock_gettime(ClockId::Boottime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let millis = u64::try_from(time.tv_nsec / 1_000_000).unwrap_or_default();
    Monotonic(seconds * 1000 + millis)
}
