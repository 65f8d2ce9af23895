//! From version 2 on: a second pause does not shorten the first. Somebody who works in a room
//! with automatic acts paused for two hours must not find them on again because a colleague
//! paused for five minutes.

use model::time::LogTime;

use crate::rejection::Rejection;
use crate::state::State;

/// The version of `apply` since which this holds.
pub(super) const SINCE: u32 = 2;

pub(super) fn check(state: &State, until: LogTime) -> Result<(), Rejection> {
    match &state.pause {
        Some(pause) if pause.until > state.log_time && until < pause.until => {
            Err(Rejection::Braked {
                reason: format!(
                    "a pause until {} is in force ({}), and a shorter one would end it early: \
                     `bascule resume` does that on purpose",
                    pause.until, pause.reason
                ),
            })
        }
        _ => Ok(()),
    }
}
