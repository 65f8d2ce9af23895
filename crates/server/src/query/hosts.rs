use model::era::Token;
use model::fence::Rung;
use model::id::{HostId, PersonId, RoomId};
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
    /// The same, as an attestation names it.
    #[serde(default)]
    pub order: Token,
    /// Rungs that proved.
    pub proofs: Vec<Rung>,
    /// Agents that withhold promises.
    pub withheld_by: Vec<HostId>,
    /// What persons attested.
    #[serde(default)]
    pub attested: Vec<AttestationView>,
}

/// What one person attested.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AttestationView {
    /// Who.
    pub by: PersonId,
    /// What they checked and saw.
    pub statement: String,
    /// When, by log time.
    pub at_ms: u64,
    /// Whether it counts: nothing was heard of the host since.
    pub counts: bool,
}

/// A host's fence.
pub(super) fn fence(state: &State, host: &HostId) -> Option<FenceView> {
    let order = state.hosts.get(host)?.fence.as_ref()?;
    let counted = state.counted_attestations(host);
    Some(FenceView {
        token: order.token.to_string(),
        order: order.token,
        proofs: order.proofs.iter().map(|proof| proof.evidence.rung()).collect(),
        withheld_by: order.withheld.iter().map(|one| one.by.clone()).collect(),
        attested: order
            .attested
            .iter()
            .map(|one| AttestationView {
                by: one.by.clone(),
                statement: one.statement.clone(),
                at_ms: one.at.0,
                counts: counted.iter().any(|known| known.by == one.by),
            })
            .collect(),
    })
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
                fence: fence(state, id),
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
