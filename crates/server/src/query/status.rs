use model::id::{ControllerId, RoomId};
use model::observation::Status;
use serde::{Deserialize, Serialize};
use state_machine::State;

use super::incidents::IncidentView;
use super::rooms::RoomView;
use super::runs::RunView;
use super::vms::{VmState, vm_state};
use super::{NodeView, hosts, incidents, rooms, runs, services};
use crate::readiness::ReadinessBrief;

/// Everything on one page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StatusView {
    /// The estate's name; none before it is loaded.
    pub estate: Option<String>,
    /// The controller that answers.
    pub answered_by: ControllerId,
    /// Who leads, by the last committed `LeaderStarted`.
    pub leader: Option<ControllerId>,
    /// The leader's room.
    pub leader_room: Option<RoomId>,
    /// Milliseconds since the last entry was applied on the node that answers.
    pub since_last_entry_ms: u64,
    /// The last entry's log time.
    pub log_time_ms: u64,
    /// The last entry's index.
    pub applied_index: u64,
    /// Until when automatic acts are paused, by log time.
    pub paused_until_ms: Option<u64>,
    /// The standing proof in short; none before the first, or before an estate is loaded.
    #[serde(default)]
    pub readiness: Option<ReadinessBrief>,
    /// Rooms.
    pub rooms: Vec<RoomView>,
    /// VMs by how they are.
    pub vms: VmCounts,
    /// Services whose probe passes, and services with a probe.
    pub services_ok: (usize, usize),
    /// Hosts.
    pub hosts: Vec<hosts::HostView>,
    /// Incidents that are open, and the last that ended.
    pub incidents: Vec<IncidentView>,
    /// Runs under way, and the last that ended.
    pub runs: Vec<RunView>,
}

/// VMs by how they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VmCounts {
    /// In all.
    pub total: usize,
    /// Guests that execute.
    pub running: usize,
    /// Started, not yet seen.
    pub booting: usize,
    /// Stopped though they should run.
    pub stopped: usize,
    /// Stopped on purpose.
    pub stopped_on_purpose: usize,
    /// On a silent host.
    pub unknown: usize,
}

pub(super) fn view(state: &State, node: &NodeView) -> StatusView {
    let mut vms = VmCounts { total: state.vms.len(), ..VmCounts::default() };
    for vm in state.vms.keys() {
        let count = match vm_state(state, vm) {
            VmState::Running => &mut vms.running,
            VmState::Booting => &mut vms.booting,
            VmState::Stopped => &mut vms.stopped,
            VmState::StoppedOnPurpose => &mut vms.stopped_on_purpose,
            VmState::Unknown => &mut vms.unknown,
        };
        *count += 1;
    }
    let services = services::views(state);
    let probed: Vec<_> = services.iter().filter_map(|service| service.probe).collect();
    let leader = state.leader.as_ref().map(|leader| leader.controller);
    StatusView {
        estate: state.estate.as_ref().map(|estate| estate.value.name.clone()),
        answered_by: node.me,
        leader,
        leader_room: leader.and_then(|leader| state.room_of(leader).cloned()),
        since_last_entry_ms: node.since_last_entry_ms,
        log_time_ms: state.log_time.0,
        applied_index: state.applied_index,
        paused_until_ms: state.pause.as_ref().map(|pause| pause.until.0),
        readiness: None,
        rooms: rooms::views(state),
        vms,
        services_ok: (probed.iter().filter(|status| **status == Status::Up).count(), probed.len()),
        hosts: hosts::views(state),
        incidents: last(incidents::views(state), |incident| incident.ended_at_ms.is_none()),
        runs: last(runs::views(state, false), |run| run.ended_at_ms.is_none()),
    }
}

/// Those that are open, and the last five of the others.
fn last<T>(mut all: Vec<T>, open: impl Fn(&T) -> bool) -> Vec<T> {
    let mut ended_left = 5;
    let mut kept: Vec<T> = Vec::new();
    while let Some(one) = all.pop() {
        if open(&one) {
            kept.push(one);
        } else if ended_left > 0 {
            ended_left -= 1;
            kept.push(one);
        }
    }
    kept.reverse();
    kept
}
