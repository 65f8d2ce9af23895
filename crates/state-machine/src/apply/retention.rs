//! How much of the past the state keeps. The log keeps all of it.

use crate::approval::Question;
use crate::state::{RunState, State};

const INCIDENTS: usize = 1000;
const RUNS: usize = 1000;
const RUNS_WITH_ITEMS: usize = 100;

/// Drops the oldest ended incidents beyond the limit; an open one is never dropped.
pub(super) fn incidents(state: &mut State) {
    let excess = state.incidents.len().saturating_sub(INCIDENTS);
    let oldest: Vec<_> = state
        .incidents
        .values()
        .filter(|incident| incident.ended_at.is_some())
        .map(|incident| incident.id)
        .take(excess)
        .collect();
    for id in oldest {
        state.incidents.remove(&id);
        state.would_run.remove(&id);
        state.approvals.remove(&Question::Incident { incident: id });
    }
}

/// Empties, later drops, the oldest ended runs; one under way is never touched.
pub(super) fn runs(state: &mut State) {
    let total = state.runs.len();
    if total <= RUNS_WITH_ITEMS {
        return;
    }
    let ended: Vec<_> = state
        .runs
        .values()
        .filter(|run| run.state != RunState::Running)
        .map(|run| run.id)
        .take(total - RUNS_WITH_ITEMS)
        .collect();
    let dropped = total.saturating_sub(RUNS);
    for (nth, id) in ended.into_iter().enumerate() {
        if nth < dropped {
            state.runs.remove(&id);
        } else if let Some(run) = state.runs.get_mut(&id) {
            run.items.clear();
            run.plan.items.clear();
        }
    }
    let runs = &state.runs;
    state.approvals.retain(|question, _| match question {
        Question::Incident { .. } => true,
        Question::Step { key } => runs.get(&key.run).is_some_and(|run| !run.items.is_empty()),
    });
}
