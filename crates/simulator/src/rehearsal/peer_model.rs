//! The same rehearsal as data, for another program to play: the steps of the plan with what they
//! need, the limits, the services, the quantiles.

use std::collections::BTreeMap;

use model::action::Action;
use runbook::StepGraph;
use serde::Serialize;

use super::play::first_plan;
use super::quantiles::Quantiles;
use super::stage::Stage;

/// A step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct PeerItem {
    /// `fence`, `side`, `start`, `service`.
    kind: &'static str,
    needs: Vec<usize>,
    limits: Vec<usize>,
    boot_ms: u64,
    backoff_ms: u64,
    /// Of a check.
    service: Option<String>,
}

/// What a service waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct PeerService {
    items: Vec<usize>,
    services: Vec<String>,
}

/// The rehearsal as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PeerModel {
    items: Vec<PeerItem>,
    limits: Vec<u32>,
    services: BTreeMap<String, PeerService>,
    durations: BTreeMap<&'static str, Vec<(u32, u64)>>,
    hold_off_ms: u64,
    lease_wait_ms: u64,
    order_fails_ppm: u32,
}

impl PeerModel {
    /// Of a rehearsal with one strike, by the plan that its first seed leads to.
    pub fn of(stage: &Stage) -> Option<Self> {
        let (estate, policy) = (stage.estate()?, stage.policy()?);
        let plan = first_plan(stage, 1)?;
        let graph = StepGraph::of(&plan).ok()?;
        let mut services: BTreeMap<String, PeerService> = estate
            .services
            .iter()
            .map(|(id, service)| {
                let services = service.depends_on.iter().map(ToString::to_string).collect();
                (id.to_string(), PeerService { items: Vec::new(), services })
            })
            .collect();
        let mut items = Vec::with_capacity(plan.items.len());
        for (number, planned) in plan.items.iter().enumerate() {
            let vm = planned.action.starts().and_then(|(vm, _)| estate.vms.get(vm));
            if let Some(service) = vm.and_then(|vm| services.get_mut(vm.service.as_str())) {
                service.items.push(number);
            }
            let (kind, service) = match &planned.action {
                Action::FenceHost { .. } => ("fence", None),
                Action::StorageConfirmSide { .. } => ("side", None),
                Action::ServiceCheck { service } => ("service", Some(service.to_string())),
                _ => ("start", None),
            };
            items.push(PeerItem {
                kind,
                needs: graph.needs_of(number).to_vec(),
                limits: graph.limits_of(number).to_vec(),
                boot_ms: vm.map_or(0, |vm| vm.boot.as_millis()),
                backoff_ms: planned.backoff.as_millis(),
                service,
            });
        }
        let cause = model::incident::IncidentClass::RoomLost;
        let of = &stage.rehearsal().durations;
        let points = |quantiles: &Quantiles| quantiles.points().to_vec();
        Some(Self {
            items,
            limits: graph.limits().to_vec(),
            services,
            durations: BTreeMap::from([
                ("silence", points(&of.silence)),
                ("election", points(&of.election)),
                ("commit", points(&of.commit)),
                ("storage-elects", points(&of.storage_elects)),
                ("withholding", points(&of.withholding)),
                ("order", points(&of.order)),
                ("boot", points(&of.boot)),
                ("told", points(&of.told)),
                ("service", points(&of.service)),
            ]),
            hold_off_ms: policy.class(cause).hold_off.as_millis(),
            lease_wait_ms: policy.lease.wait().as_millis(),
            order_fails_ppm: stage.rehearsal().mishaps.order_fails.0,
        })
    }
}
