//! A person lets Bascule act on an incident, or hands one back that a person took over. Where the
//! policy asks, enough distinct persons must, each by their own entry, and their word counts for a
//! while only.

use model::id::{IncidentId, PersonId};

use super::{asking, premise};
use crate::rejection::Rejection;
use crate::state::State;

pub(super) fn apply(
    state: &mut State,
    incident: IncidentId,
    person: Option<&PersonId>,
) -> Result<(), Rejection> {
    let class = premise::open_incident(state, incident)?.cause.class();
    let person = premise::person(person)?;
    let held = state.held.contains_key(&incident);
    let Some(mut approval) = asking::of(state, incident) else {
        if held {
            state.held.remove(&incident);
            return Ok(());
        }
        return Err(Rejection::Braked {
            reason: format!("the policy for {class} does not ask a person: nothing to approve"),
        });
    };
    approval.say_yes(person, state.log_time)?;
    state.held.remove(&incident);
    state.approvals.insert(approval.question.clone(), approval);
    Ok(())
}
