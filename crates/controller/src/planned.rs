//! From an incident to the proposal of a run.

use std::collections::{BTreeMap, BTreeSet};

use model::id::{HostId, IncidentId, RoomId, VmId};
use model::incident::Cause;
use model::plan::Plan;
use model::time::LogTime;
use planning::copies::Copies;
use state_machine::{Command, State};

use crate::view::{Seen, view};

/// Who makes plans. Whoever asks the same again may remember.
pub trait Planner {
    /// The plan; none where none can be made.
    fn plan(
        &self,
        runbook: &runbook::Runbook,
        cause: &Cause,
        view: &planning::expand::View<'_>,
    ) -> Option<Plan>;
}

/// Makes each plan anew.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlansAnew;

impl Planner for PlansAnew {
    fn plan(
        &self,
        runbook: &runbook::Runbook,
        cause: &Cause,
        view: &planning::expand::View<'_>,
    ) -> Option<Plan> {
        planning::expand::expand(runbook, cause, view).ok()
    }
}

/// The run that answers this incident; none where there is nothing to plan from. A plan that
/// cannot be made is retried at the next decision: the estate or the runbook must change first.
pub(crate) fn run_for(
    state: &State,
    leader_room: &RoomId,
    incident: IncidentId,
    log_now: LogTime,
    planner: &impl Planner,
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
    let copies = copies(state);
    let plan_onto = |admitted: &BTreeSet<HostId>| {
        let view = planning::expand::View {
            estate: &estate.value,
            starts: policy.value.starts,
            admitted,
            fenced: &fenced,
            runs_on: &runs_on,
            might_run_on: &might_run_on,
            restart: &restart,
            copies: &copies,
            level: policy.value.class(cause.class()).autonomy,
        };
        planner.plan(&pinned.value, cause, &view)
    };
    let mut plan = plan_onto(&first)?;
    if let Some(then) = then.filter(|_| !plan.shed.is_empty()) {
        plan = plan_onto(&then).filter(|wider| wider.shed.len() < plan.shed.len()).unwrap_or(plan);
    }
    // What the runbook leaves down stays lost: a run that starts nothing would say so again and
    // again.
    let last_resort = matches!(cause, Cause::StorageLayerLost { .. } | Cause::ProductionLost);
    if last_resort && plan.items.iter().all(|item| item.action.starts().is_none()) {
        return None;
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

/// Which copies of the volumes may be opened.
pub fn copies(state: &State) -> Copies {
    let Some(estate) = state.estate.as_ref().map(|pinned| &pinned.value) else {
        return Copies::default();
    };
    let mut copies = Copies::default();
    for (id, volume) in &estate.volumes {
        if let Some(room) = state.opened_in(id) {
            copies.opened.insert(id.clone(), room.clone());
        }
        if let Some(lost) = state.lost_by_copy(id) {
            copies.lost.insert(id.clone(), lost);
        }
        let layer = volume.layer.as_ref().and_then(|id| estate.storage_layers.get_key_value(id));
        for side in layer.into_iter().flat_map(|(_, layer)| estate.sides_of(layer)) {
            let Some(mark) = layer.and_then(|(id, _)| state.stale_side(id, side)) else { continue };
            let alone = mark.alone.clone().unwrap_or_default();
            copies.stale.insert((side.clone(), id.clone()), alone);
        }
    }
    copies
}
