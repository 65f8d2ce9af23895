//! An incident is withdrawn or closed.

use model::id::IncidentId;
use model::incident::Phase;

use super::premise;
use crate::rejection::Rejection;
use crate::state::{RunState, State};

pub(super) fn apply(
    state: &mut State,
    incident: IncidentId,
    withdrawn: bool,
    reason: &str,
) -> Result<(), Rejection> {
    let record = premise::open_incident(state, incident)?;
    let running = record
        .runs
        .iter()
        .find(|run| state.runs.get(run).is_some_and(|run| run.state == RunState::Running));
    if let Some(run) = running {
        return Err(Rejection::Braked { reason: format!("{run} still answers it") });
    }
    if withdrawn && !record.runs.is_empty() {
        return Err(Rejection::Braked {
            reason: "something was done about it: it can be closed, not withdrawn".to_owned(),
        });
    }
    state.held.remove(&incident);
    let now = state.log_time;
    if let Some(record) = state.incidents.get_mut(&incident) {
        record.phase = if withdrawn { Phase::Withdrawn } else { Phase::Closed };
        record.ended_at = Some(now);
        record.end_reason = Some(reason.to_owned());
    }
    Ok(())
}
