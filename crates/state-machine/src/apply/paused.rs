//! Automatic acts stop for a while.

use model::policy::Policy;
use model::time::LogTime;

use super::premise;
use crate::rejection::Rejection;
use crate::state::{Pause, State};

/// A pause ends by itself, at the latest when the policy says.
pub(super) fn apply(state: &mut State, until: LogTime, reason: &str) -> Result<(), Rejection> {
    ends(state, until)?;
    state.pause = Some(Pause { until, reason: reason.to_owned() });
    Ok(())
}

/// Whether a pause may last until then.
pub(super) fn ends(state: &State, until: LogTime) -> Result<(), Rejection> {
    // The first pause may come before the first policy.
    let longest = premise::policy(state)
        .map_or_else(|_| Policy::default().longest_pause, |policy| policy.longest_pause);
    if until <= state.log_time || until > state.log_time.after(longest) {
        return Err(Rejection::NoEnd { longest });
    }
    Ok(())
}
