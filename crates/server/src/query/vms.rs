use model::id::{HostId, ServiceId, VmId};
use model::observation::{Detail, Status, Target};
use serde::{Deserialize, Serialize};
use state_machine::{Intended, State};

/// How a VM is, as far as anybody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VmState {
    /// Its guest executes.
    Running,
    /// Started, its guest has not shown itself yet.
    Booting,
    /// Its host says that it is stopped.
    Stopped,
    /// Stopped on purpose.
    StoppedOnPurpose,
    /// Its host is silent.
    Unknown,
}

/// A VM.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VmView {
    /// Its id.
    pub vm: VmId,
    /// Its service.
    pub service: ServiceId,
    /// How it is.
    pub state: VmState,
    /// Where it was last placed.
    pub host: Option<HostId>,
    /// Under which token.
    pub token: Option<String>,
    /// Every host on which it might be running.
    pub might_run_on: Vec<HostId>,
}

pub(super) fn vm_state(state: &State, vm: &VmId) -> VmState {
    let Some(record) = state.vms.get(vm) else { return VmState::Unknown };
    if record.intended == Intended::StoppedOnPurpose {
        return VmState::StoppedOnPurpose;
    }
    let Some((host, _)) = &record.placed else { return VmState::Stopped };
    // The VM's own observation is only as fresh as its host's.
    let host_seen = super::cluster::seen(state, &Target::Host { host: host.clone() });
    let target = Target::Vm { vm: vm.clone(), host: host.clone() };
    let Some(by_room) = state.observations.get(&target) else { return VmState::Unknown };
    let up = by_room.values().find(|observed| observed.status == Status::Up);
    match (host_seen, up) {
        (Status::Up, Some(observed)) => match observed.detail {
            Detail::Vm { booted: false, .. } => VmState::Booting,
            _ => VmState::Running,
        },
        (Status::Up, None) if by_room.values().any(|o| o.status == Status::Down) => {
            VmState::Stopped
        }
        _ => VmState::Unknown,
    }
}

pub(super) fn views(state: &State) -> Vec<VmView> {
    let Some(estate) = &state.estate else { return Vec::new() };
    estate
        .value
        .vms
        .iter()
        .map(|(id, vm)| {
            let record = state.vms.get(id);
            let placed = record.and_then(|record| record.placed.as_ref());
            VmView {
                vm: id.clone(),
                service: vm.service.clone(),
                state: vm_state(state, id),
                host: placed.map(|(host, _)| host.clone()),
                token: placed.map(|(_, token)| token.to_string()),
                might_run_on: record
                    .map(|record| record.might_run_on.keys().cloned().collect())
                    .unwrap_or_default(),
            }
        })
        .collect()
}
