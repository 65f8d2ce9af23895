//! The replicated state as a decision sees it.

use std::collections::{BTreeMap, BTreeSet};

use decision::{HostFacts, RunFacts, Sight, Sights, View, VmFacts};
use model::action::Action;
use model::id::{HostId, RoomId, VmId};
use model::observation::Target;
use model::time::LogTime;
use state_machine::{Intended, RunState, State};

use crate::watching::fresh_from;

/// The observations of a state.
pub(crate) struct Seen<'a>(pub(crate) &'a State);

impl Sights for Seen<'_> {
    fn of(&self, target: &Target) -> Vec<Sight<'_>> {
        self.0
            .seen(target)
            .map(|(vantage, seen)| Sight {
                vantage,
                status: seen.status,
                since: seen.since,
                heard_at: seen.heard_at,
                last_up: seen.last_up,
                says: &seen.evidence,
                detail: &seen.detail,
            })
            .collect()
    }
}

/// The view of a state from the leader's room; none before an estate is loaded.
pub(crate) fn view<'a>(
    state: &'a State,
    seen: &'a Seen<'a>,
    leader_room: &'a RoomId,
    now: LogTime,
) -> Option<View<'a>> {
    let estate = &state.estate.as_ref()?.value;
    let (vms_in_runs, hosts_in_runs) = in_runs(state);
    let vms = state.vms.iter().filter_map(|(id, vm)| {
        let (placed, _) = vm.placed.as_ref()?;
        let worked_on = vm.maintenance.as_ref().is_some_and(|work| work.until > now);
        Some(VmFacts {
            id,
            placed,
            wanted: vm.intended == Intended::Running && !worked_on,
            in_a_run: vms_in_runs.contains(id),
        })
    });
    let hosts = state.hosts.iter().map(|(id, host)| {
        let facts = HostFacts {
            admitted: host.may_start(),
            fence_ordered: host.fence.is_some(),
            fence_proved: host.fence.as_ref().is_some_and(|order| order.is_proved()),
            proved_at: host
                .fence
                .as_ref()
                .and_then(|order| order.proofs.iter().map(|proof| proof.at).max()),
            in_maintenance: state.host_in_maintenance(id, now),
            in_a_run: hosts_in_runs.contains(id),
        };
        (id, facts)
    });
    let open: Vec<_> = state.open_incidents().collect();
    let policy = state.policy.as_ref().map(|policy| &policy.value);
    let left_to_platform = policy
        .map(|policy| decision::left_to_the_platform(estate, policy, &open, now))
        .unwrap_or_default();
    Some(View {
        estate,
        sights: seen,
        vms: vms.collect(),
        hosts: hosts.collect(),
        rooms_in_maintenance: estate
            .rooms
            .keys()
            .filter(|r| state.room_in_maintenance(r, now))
            .collect(),
        open,
        left_to_platform,
        runs: runs(state),
        leader_room,
        fresh_from: fresh_from(state),
        voices: state.members.len().clamp(1, 2),
        paused: state.is_paused(now),
        shadowed: state.would_run.keys().copied().collect(),
        approved: state
            .open_incidents()
            .map(|incident| incident.id)
            .filter(|incident| state.is_approved(*incident, now))
            .collect(),
        rooms_gone: state.rooms_gone.iter().collect(),
        opened: state.copies.keys().filter(|id| state.opened_in(id).is_some()).collect(),
        ask_themselves: state
            .runbooks
            .iter()
            .filter(|(_, book)| book.value.steps.iter().any(|step| step.approval.is_some()))
            .map(|(name, _)| name)
            .collect(),
    })
}

/// The VMs that a run under way has yet to start, and the hosts that one fences.
fn in_runs(state: &State) -> (BTreeSet<&VmId>, BTreeSet<&HostId>) {
    let (mut vms, mut hosts) = (BTreeSet::new(), BTreeSet::new());
    for run in state.running_runs() {
        for planned in &run.plan.items {
            if let Some((vm, _)) = planned.action.starts()
                && !run.is_over(&planned.item)
            {
                vms.insert(vm);
            }
            if let Action::FenceHost { host } = &planned.action {
                hosts.insert(host);
            }
        }
    }
    (vms, hosts)
}

fn runs(state: &State) -> BTreeMap<model::id::IncidentId, RunFacts> {
    let open = state.open_incidents().map(|incident| {
        let mut facts = RunFacts::default();
        for run in incident.runs.iter().filter_map(|run| state.runs.get(run)) {
            if run.state == RunState::Running {
                facts.running = true;
            } else {
                facts.ended += 1;
                facts.aborted += usize::from(run.aborted.is_some());
                facts.last_ended_at = facts.last_ended_at.max(run.ended_at);
            }
        }
        (incident.id, facts)
    });
    open.collect()
}
