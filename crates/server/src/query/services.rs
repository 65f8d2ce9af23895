use model::estate::Tier;
use model::id::ServiceId;
use model::observation::{Status, Target};
use model::text::Text;
use model::units::Span;
use serde::{Deserialize, Serialize};
use state_machine::State;

use super::cluster::seen;
use super::vms::{VmState, vm_state};

/// A service.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ServiceView {
    /// Its id.
    pub service: ServiceId,
    /// For people.
    pub title: Text,
    /// Its importance.
    pub tier: Tier,
    /// Its recovery time objective.
    pub rto: Span,
    /// What its user-level probe says; none if it has no probe.
    pub probe: Option<Status>,
    /// VMs that run.
    pub vms_running: usize,
    /// VMs in all.
    pub vms: usize,
}

pub(super) fn views(state: &State) -> Vec<ServiceView> {
    let Some(estate) = &state.estate else { return Vec::new() };
    estate
        .value
        .services
        .iter()
        .map(|(id, service)| {
            let vms: Vec<_> = estate.value.vms_of(id).collect();
            ServiceView {
                service: id.clone(),
                title: service.title.clone(),
                tier: service.tier,
                rto: service.rto,
                probe: service
                    .probe
                    .as_ref()
                    .map(|_| seen(state, &Target::Service { service: id.clone() })),
                vms_running: vms
                    .iter()
                    .filter(|vm| vm_state(state, vm) == VmState::Running)
                    .count(),
                vms: vms.len(),
            }
        })
        .collect()
}
