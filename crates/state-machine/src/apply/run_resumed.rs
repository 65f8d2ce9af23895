//! A person ends the pause of a run before its time.

use model::id::{PersonId, RunId};

use super::premise;
use crate::rejection::Rejection;
use crate::state::State;

pub(super) fn apply(
    state: &mut State,
    id: RunId,
    person: Option<&PersonId>,
) -> Result<(), Rejection> {
    let run = premise::running_run(state, id)?;
    premise::person(person)?;
    if !run.is_paused(state.log_time) {
        return Err(Rejection::Braked { reason: format!("{id} is not paused") });
    }
    if let Some(run) = state.runs.get_mut(&id) {
        run.pause = None;
    }
    Ok(())
}
