//! Shadow mode: what Bascule would have done about an incident whose class it only observes. Said
//! once, acted on never.

use model::id::{IncidentId, RunbookName};
use model::plan::Digest;
use model::policy::Autonomy;

use super::premise;
use crate::rejection::Rejection;
use crate::state::{State, WouldRun};

pub(super) fn apply(
    state: &mut State,
    incident: IncidentId,
    runbook: &RunbookName,
    digest: &Digest,
) -> Result<(), Rejection> {
    let record = premise::open_incident(state, incident)?;
    let class = record.cause.class();
    if record.hold_off_ends > state.log_time {
        return Err(Rejection::HoldOff { incident });
    }
    if premise::policy(state)?.class(class).autonomy != Autonomy::Observe {
        return Err(Rejection::Braked {
            reason: format!("the policy for {class} lets Bascule act: there is no shadow"),
        });
    }
    if state.would_run.contains_key(&incident) {
        return Err(Rejection::Braked {
            reason: format!("what would be done about {incident} is said already"),
        });
    }
    let at = state.log_time;
    let would = WouldRun { at, runbook: runbook.clone(), digest: digest.clone() };
    state.would_run.insert(incident, would);
    Ok(())
}
