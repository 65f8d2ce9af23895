//! A person ends a run: nothing of it starts any more but what runs however it ends, and nothing
//! automatic answers its incident until a person hands it back.

use model::id::{PersonId, RunId};

use super::premise;
use crate::approval::Question;
use crate::rejection::Rejection;
use crate::state::{Aborted, Held, State};

pub(super) fn apply(
    state: &mut State,
    id: RunId,
    person: Option<&PersonId>,
    reason: &str,
) -> Result<(), Rejection> {
    let run = premise::running_run(state, id)?;
    let incident = run.incident;
    if let Some(aborted) = &run.aborted {
        return Err(Rejection::Braked {
            reason: format!("{id} was aborted by {} already: {}", aborted.by, aborted.reason),
        });
    }
    let by = premise::person(person)?.clone();
    premise::says_why(reason)?;
    let at = state.log_time;
    let aborted = Aborted { by, at, reason: reason.to_owned() };
    if let Some(run) = state.runs.get_mut(&id) {
        // What runs however it ends need not wait for the end of the pause.
        run.pause = None;
        run.aborted = Some(aborted.clone());
    }
    state.held.insert(incident, Held { run: id, aborted });
    // Who said yes said it to what is aborted now.
    state.approvals.remove(&Question::Incident { incident });
    Ok(())
}
