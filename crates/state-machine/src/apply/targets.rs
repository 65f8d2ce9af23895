//! Where a plan may start VMs: on no host that is being fenced, and on none that another open
//! incident says is lost.

use model::id::IncidentId;
use model::plan::Plan;

use crate::rejection::Rejection;
use crate::state::State;

pub(super) fn sound(state: &State, incident: IncidentId, plan: &Plan) -> Result<(), Rejection> {
    let held = state.hosts_held_by_others(incident);
    for planned in &plan.items {
        let Some((_, host)) = planned.action.starts() else { continue };
        if let Some(order) = state.hosts.get(host).and_then(|record| record.fence.as_ref()) {
            return Err(Rejection::StalePlan {
                reason: format!(
                    "{} would start on host {host}, which is fenced at token {}",
                    planned.item, order.token
                ),
            });
        }
        if let Some(other) = held.get(host) {
            return Err(Rejection::StalePlan {
                reason: format!(
                    "{} would start on host {host}, which is lost by {other}",
                    planned.item
                ),
            });
        }
    }
    Ok(())
}
