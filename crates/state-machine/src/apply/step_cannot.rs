//! A person says that a manual step can't be done. It has failed for good: what that does to the
//! run, its `on_failure` says.

use model::id::PersonId;
use model::step::{Outcome, StepKey};
use runbook::step_log::Event;

use super::{premise, step_done, transition, woken};
use crate::rejection::Rejection;
use crate::state::State;

pub(super) fn apply(
    state: &mut State,
    key: &StepKey,
    person: Option<&PersonId>,
    reason: &str,
) -> Result<(), Rejection> {
    let item = transition::item(state, key)?;
    step_done::task(&item, key)?;
    let next = item.after(key, Event::Failed { last: true })?;
    let person = premise::person(person)?;
    premise::says_why(reason)?;
    let reason = format!("{person} can't do it: {reason}");
    let now = state.log_time;
    if let Some(record) = transition::record_mut(state, key) {
        record.state = next;
        record.outcome = Some(Outcome::Failed { reason });
        record.ended_at = Some(now);
    }
    woken::words_are_spent(state, key.run, &key.item);
    Ok(())
}
