//! From an incident to the proposal of a run.

use std::collections::{BTreeMap, BTreeSet};

use model::id::{HostId, IncidentId, RoomId, VmId};
use model::incident::Cause;
use model::time::LogTime;
use state_machine::{Command, State};

use crate::view::{Seen, view};

/// The run that answers this incident; none where there is nothing to plan from. A plan that
/// cannot be made is retried at the next decision: the estate or the runbook must change first.
pub(crate) fn run_for(
    state: &State,
    leader_room: &RoomId,
    incident: IncidentId,
    log_now: LogTime,
) -> Option<Command> {
    let cause = &state.incidents.get(&incident)?.cause;
    let (estate, policy) = (state.estate.as_ref()?, state.policy.as_ref()?);
    let name = policy.value.class(cause.class()).runbook?;
    let pinned = state.runbooks.get(&name)?;
    let seen = Seen(state);
    let view = view(state, &seen, leader_room, log_now)?;
    let restart = decision::lost_vms(&view, cause);
    let runs_on: BTreeMap<VmId, HostId> = state
        .vms
        .iter()
        .filter_map(|(id, vm)| Some((id.clone(), vm.placed.as_ref()?.0.clone())))
        .collect();
    let might_run_on: BTreeMap<VmId, BTreeSet<HostId>> = state
        .vms
        .iter()
        .map(|(id, vm)| (id.clone(), vm.might_run_on.keys().cloned().collect()))
        .collect();
    let (first, then) = candidates(state, incident, cause);
    let fenced = state
        .hosts
        .iter()
        .filter(|(_, host)| host.fence.as_ref().is_some_and(|order| order.is_proved()))
        .map(|(id, _)| id.clone())
        .collect();
    let plan_onto = |admitted: &BTreeSet<HostId>| {
        let view = planning::expand::View {
            estate: &estate.value,
            starts: policy.value.starts,
            admitted,
            fenced: &fenced,
            runs_on: &runs_on,
            might_run_on: &might_run_on,
            restart: &restart,
        };
        planning::expand::expand(&pinned.value, cause, &view).ok()
    };
    let mut plan = plan_onto(&first)?;
    if let Some(then) = then.filter(|_| !plan.shed.is_empty()) {
        plan = plan_onto(&then).filter(|wider| wider.shed.len() < plan.shed.len()).unwrap_or(plan);
    }
    Some(Command::RunStarted {
        incident,
        runbook: name,
        runbook_hash: pinned.hash.clone(),
        estate_hash: estate.hash.clone(),
        plan: Box::new(plan),
    })
}

/// The hosts that may take VMs. What merely stopped on a living host starts again where it was:
/// its host needs neither a fence nor a seal for that. What finds no room there any more, because
/// another VM of its kind has come, may go elsewhere then, once its host has sealed it.
fn candidates(
    state: &State,
    incident: IncidentId,
    cause: &Cause,
) -> (BTreeSet<HostId>, Option<BTreeSet<HostId>>) {
    let held = state.hosts_held_by_others(incident);
    let admitted: BTreeSet<HostId> = state
        .admitted_hosts()
        .into_iter()
        .filter(|host| !held.contains_key(host))
        .cloned()
        .collect();
    match cause {
        Cause::VmLost { host, .. } => {
            let own = admitted.iter().filter(|admitted| *admitted == host).cloned().collect();
            (own, Some(admitted))
        }
        _ => (admitted, None),
    }
}
