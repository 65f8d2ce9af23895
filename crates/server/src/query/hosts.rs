use model::fence::Rung;
use model::id::{HostId, RoomId};
use model::observation::{Status, Target};
use model::units::MemoryMib;
use serde::{Deserialize, Serialize};
use state_machine::State;

use super::cluster::seen;

/// A host.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HostView {
    /// Its id.
    pub host: HostId,
    /// Its room.
    pub room: RoomId,
    /// How its agent is seen.
    pub agent: Status,
    /// How its power is seen.
    pub power: Status,
    /// Whether VMs may be started there.
    pub admitted: bool,
    /// Whether its watchdog is armed.
    pub armed: bool,
    /// Its fence, if ordered.
    pub fence: Option<FenceView>,
    /// How many VMs are placed there.
    pub vms: usize,
    /// Memory of the VMs placed there.
    pub memory_used_mib: MemoryMib,
    /// Memory that may be placed there.
    pub memory_capacity_mib: MemoryMib,
}

/// A fence.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FenceView {
    /// Its token.
    pub token: String,
    /// Rungs that proved.
    pub proofs: Vec<Rung>,
    /// Agents that withhold promises.
    pub withheld_by: Vec<HostId>,
}

pub(super) fn views(state: &State) -> Vec<HostView> {
    let Some(estate) = &state.estate else { return Vec::new() };
    let estate = &estate.value;
    estate
        .hosts
        .iter()
        .map(|(id, host)| {
            let record = state.hosts.get(id);
            let placed: Vec<_> = state
                .vms
                .iter()
                .filter(|(_, vm)| vm.placed.as_ref().is_some_and(|(at, _)| at == id))
                .map(|(vm, _)| vm)
                .collect();
            HostView {
                host: id.clone(),
                room: host.room.clone(),
                agent: seen(state, &Target::Host { host: id.clone() }),
                power: seen(state, &Target::Power { host: id.clone() }),
                admitted: record.is_some_and(|record| record.may_start()),
                armed: record.is_some_and(|record| record.armed.is_some()),
                fence: record.and_then(|record| record.fence.as_ref()).map(|fence| FenceView {
                    token: fence.token.to_string(),
                    proofs: fence.proofs.iter().map(|proof| proof.evidence.rung()).collect(),
                    withheld_by: fence.withheld.iter().map(|one| one.by.clone()).collect(),
                }),
                vms: placed.len(),
                memory_used_mib: placed
                    .iter()
                    .filter_map(|vm| estate.vms.get(*vm))
                    .map(|vm| vm.memory_mib)
                    .sum(),
                memory_capacity_mib: host.memory_capacity(),
            }
        })
        .collect()
}
