//! The platform absorbs an incident.

use model::id::IncidentId;
use model::incident::Phase;

use super::premise;
use crate::rejection::Rejection;
use crate::state::State;

pub(super) fn apply(
    state: &mut State,
    incident: IncidentId,
    reason: &str,
) -> Result<(), Rejection> {
    let record = premise::open_incident(state, incident)?;
    if record.phase == Phase::Acting {
        return Err(Rejection::Braked { reason: "a run has already answered it".to_owned() });
    }
    if let Some(record) = state.incidents.get_mut(&incident) {
        record.phase = Phase::Absorbed;
        record.end_reason = Some(reason.to_owned());
    }
    Ok(())
}
