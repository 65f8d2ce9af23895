//! A run ends.

use model::id::RunId;
use model::step::StepKey;
use runbook::ItemState;

use super::{premise, retention, transition};
use crate::command::RunEnd;
use crate::rejection::Rejection;
use crate::state::{RunState, State};

pub(super) fn apply(state: &mut State, id: RunId, end: &RunEnd) -> Result<(), Rejection> {
    let run = premise::running_run(state, id)?;
    for (item, record) in &run.items {
        let key = || StepKey { era: state.era, run: id, item: item.clone() };
        if record.state.is_under_way() {
            return Err(transition::illegal(&key(), "an effect of it may be on its way"));
        }
        let done = matches!(record.state, ItemState::Succeeded | ItemState::Skipped);
        if *end == RunEnd::Succeeded && !done {
            let says = format!("it is {}: the run has not succeeded", record.state.as_str());
            return Err(transition::illegal(&key(), says));
        }
    }
    if let Some(aborted) = run.aborted.as_ref().filter(|_| *end == RunEnd::Succeeded) {
        return Err(Rejection::Braked {
            reason: format!("{id} was aborted by {}: it has not succeeded", aborted.by),
        });
    }
    // An end that was on its way when a person had the last failure tried again.
    let stands = |of: ItemState| run.items.iter().find(move |(_, record)| record.state == of);
    if run.aborted.is_none()
        && stands(ItemState::Failed).is_none()
        && let Some((item, _)) = stands(ItemState::Retrying)
    {
        let key = StepKey { era: state.era, run: id, item: item.clone() };
        return Err(transition::illegal(&key, "it is to be tried again"));
    }
    let now = state.log_time;
    if let Some(run) = state.runs.get_mut(&id) {
        run.state = RunState::Ended { end: end.clone() };
        run.ended_at = Some(now);
    }
    retention::runs(state);
    Ok(())
}
