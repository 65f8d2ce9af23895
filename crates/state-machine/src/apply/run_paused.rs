//! A person holds one run for a while: nothing of it starts until then.

use model::id::{PersonId, RunId};
use model::time::LogTime;

use super::{paused, premise};
use crate::rejection::Rejection;
use crate::state::{Pause, State};

pub(super) fn apply(
    state: &mut State,
    id: RunId,
    person: Option<&PersonId>,
    until: LogTime,
    reason: &str,
) -> Result<(), Rejection> {
    let run = premise::running_run(state, id)?;
    premise::person(person)?;
    premise::says_why(reason)?;
    paused::ends(state, until)?;
    if let Some(aborted) = &run.aborted {
        return Err(Rejection::Braked {
            reason: format!("{id} was aborted by {}: nothing of it is left to hold", aborted.by),
        });
    }
    let longer = run.pause.as_ref().filter(|pause| pause.until > state.log_time.max(until));
    if let Some(pause) = longer {
        return Err(Rejection::Braked {
            reason: format!(
                "a pause of {id} until {} is in force ({}), and a shorter one would end it early: \
                 `bascule run resume {}` does that on purpose",
                pause.until, pause.reason, id.0
            ),
        });
    }
    if let Some(run) = state.runs.get_mut(&id) {
        run.pause = Some(Pause { until, reason: reason.to_owned() });
    }
    Ok(())
}
