//! Automatic acts stop for a while.

use model::time::LogTime;
use model::units::Span;

use crate::rejection::Rejection;
use crate::state::{Pause, State};

/// A forgotten pause must not leave a hospital without its failover for the weekend.
const LONGEST_H: u64 = 24;

pub(super) fn apply(state: &mut State, until: LogTime, reason: &str) -> Result<(), Rejection> {
    let latest = state.log_time.after(Span::from_secs(LONGEST_H * 3600));
    if until <= state.log_time || until > latest {
        return Err(Rejection::NoEnd { max_h: LONGEST_H });
    }
    state.pause = Some(Pause { until, reason: reason.to_owned() });
    Ok(())
}
