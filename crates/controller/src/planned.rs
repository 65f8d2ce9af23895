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
    let admitted = candidates(state, cause);
    let fenced = state
        .hosts
        .iter()
        .filter(|(_, host)| host.fence.as_ref().is_some_and(|order| order.is_proved()))
        .map(|(id, _)| id.clone())
        .collect();
    let planning_view = planning::expand::View {
        estate: &estate.value,
        starts: policy.value.starts,
        admitted: &admitted,
        fenced: &fenced,
        runs_on: &runs_on,
        might_run_on: &might_run_on,
        restart: &restart,
    };
    let plan = planning::expand::expand(&pinned.value, cause, &planning_view).ok()?;
    Some(Command::RunStarted {
        incident,
        runbook: name,
        runbook_hash: pinned.hash.clone(),
        estate_hash: estate.hash.clone(),
        plan: Box::new(plan),
    })
}

/// The hosts that may take VMs. What merely stopped on a living host starts again where it was:
/// its host needs neither a fence nor a seal for that.
fn candidates(state: &State, cause: &Cause) -> BTreeSet<HostId> {
    let admitted = state.admitted_hosts().into_iter().cloned();
    match cause {
        Cause::VmLost { host, .. } => admitted.filter(|admitted| admitted == host).collect(),
        _ => admitted.collect(),
    }
}
