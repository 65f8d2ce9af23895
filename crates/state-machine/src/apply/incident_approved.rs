//! A person lets Bascule act on an incident.
//!
//! One person's word is enough here. That two distinct persons approve, never the requester alone,
//! is not asked for yet.

use model::id::{IncidentId, PersonId};
use model::policy::Autonomy;

use super::premise;
use crate::rejection::Rejection;
use crate::state::State;

pub(super) fn apply(
    state: &mut State,
    incident: IncidentId,
    person: Option<&PersonId>,
) -> Result<(), Rejection> {
    let record = premise::open_incident(state, incident)?;
    let Some(person) = person else {
        return Err(Rejection::Braked {
            reason: "only a person approves, and none is named".to_owned(),
        });
    };
    let class = record.cause.class();
    if premise::policy(state)?.class(class).autonomy != Autonomy::Ask {
        return Err(Rejection::Braked {
            reason: format!("the policy for {class} does not ask a person: nothing to approve"),
        });
    }
    if let Some(by) = &record.approved_by {
        return Err(Rejection::Braked { reason: format!("{by} has approved {incident} already") });
    }
    let now = state.log_time;
    if let Some(record) = state.incidents.get_mut(&incident) {
        record.approved_by = Some(person.clone());
        record.approved_at = Some(now);
    }
    Ok(())
}
