//! A person has an item tried once more that failed for good or was skipped. What was skipped
//! because of it waits for it again.

use std::collections::BTreeSet;

use model::id::PersonId;
use model::step::StepKey;
use runbook::step_log::Event;

use super::{one_run_a_vm, premise, transition, woken};
use crate::rejection::Rejection;
use crate::state::{ItemState, State};

pub(super) fn apply(
    state: &mut State,
    key: &StepKey,
    person: Option<&PersonId>,
    reason: &str,
) -> Result<(), Rejection> {
    let item = transition::item(state, key)?;
    let next = item.after(key, Event::Retried)?;
    premise::person(person)?;
    premise::says_why(reason)?;
    let run = premise::open_run(state, key.run)?;
    let woken = woken::by(run, &key.item);
    let again: BTreeSet<_> = woken.iter().chain([&key.item]).collect();
    let starts = run.plan.items.iter().filter(|planned| again.contains(&planned.item));
    let vms = starts.filter_map(|planned| planned.action.starts()).map(|(vm, _)| vm).collect();
    one_run_a_vm::check(state, Some(key.run), &vms)?;
    let now = state.log_time;
    if let Some(record) = transition::record_mut(state, key) {
        record.state = next;
        record.passed_over_by = None;
        record.ended_at = (next == ItemState::Retrying).then_some(now);
    }
    woken::words_are_spent(state, key.run, &key.item);
    woken::wake(state, key.run, &woken);
    Ok(())
}
