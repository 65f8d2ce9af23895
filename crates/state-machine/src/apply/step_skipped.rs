//! A step that will never run.

use model::step::{Outcome, StepKey};
use runbook::step_log::Event;

use super::transition;
use crate::rejection::Rejection;
use crate::state::State;

pub(super) fn apply(state: &mut State, key: &StepKey, reason: &str) -> Result<(), Rejection> {
    let next = transition::item(state, key)?.after(key, Event::Skipped)?;
    let now = state.log_time;
    if let Some(record) = transition::record_mut(state, key) {
        record.state = next;
        record.ended_at = Some(now);
        record.outcome = Some(Outcome::Refused { reason: reason.to_owned() });
    }
    Ok(())
}
