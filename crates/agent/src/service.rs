//! What the agent answers. Effects run in tasks of their own: a caller that hangs up leaves none
//! of them half done.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex as Guard, PoisonError};

use contracts::error::DriverError;
use model::id::{HostId, VmId};
use model::step::Order;
use model::units::Span;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tonic::{Request, Response, Status};
use wire::agent::agent_server::Agent as AgentService;
use wire::agent::{
    AdmitReply, AdmitRequest, ArmReply, ArmRequest, AskPromiseReply, AskPromiseRequest,
    ObserveReply, ObserveRequest, OrderReply, SeeControllerReply, SeeControllerRequest,
    StartVmRequest, StopVmRequest, WithholdReply, WithholdRequest,
};
use wire::convert::{
    HostReport, key_from, order_error, require_token, standing_from, standing_to, vm_from,
};
use wire::identity::{require_agent, require_controller};

use crate::core::Core;
use crate::view::View;
use crate::witness::Witness;

/// The service of one agent.
pub(crate) struct Service {
    core: Arc<Core>,
    view: Mutex<View>,
    tasks: Tasks,
    witness: Arc<Guard<Witness>>,
}

/// The effects under way. They end when the agent is aborted, as those of a dead host would.
#[derive(Clone, Default)]
pub(crate) struct Tasks {
    set: Arc<Guard<JoinSet<()>>>,
}

impl Tasks {
    async fn run<T: Send + 'static>(
        &self,
        effect: impl Future<Output = Result<T, DriverError>> + Send + 'static,
    ) -> Result<T, DriverError> {
        let (done, wait) = tokio::sync::oneshot::channel();
        {
            let mut set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
            while set.try_join_next().is_some() {}
            set.spawn(async move {
                let _ = done.send(effect.await);
            });
        }
        let lost = |_| DriverError::Unknown { reason: "the agent ended meanwhile".into() };
        wait.await.map_err(lost)?
    }

    /// Takes the tasks out, to be ended or awaited.
    pub(crate) fn take(&self) -> JoinSet<()> {
        std::mem::take(&mut *self.set.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Service {
    pub(crate) fn new(core: Arc<Core>, revision_base: u64, tasks: Tasks, witness: Witness) -> Self {
        let (view, witness) = (Mutex::new(View::new(revision_base)), Arc::new(Guard::new(witness)));
        Self { core, view, tasks, witness }
    }
}

#[tonic::async_trait]
impl AgentService for Service {
    async fn observe(
        &self,
        request: Request<ObserveRequest>,
    ) -> Result<Response<ObserveReply>, Status> {
        require_controller(&request)?;
        let since = request.into_inner().since_revision;
        let observed = self.core.hypervisor.observe().await;
        let vms: BTreeMap<_, _> = observed
            // What the hypervisor does not tell is unknown, and no answer says so.
            .map_err(|error| Status::unavailable(error.to_string()))?
            .into_iter()
            .collect();
        self.core.forget_ended(&vms).await;
        let standing = self.core.standing().await;
        let sealed = vms
            .values()
            .filter(|vm| vm.running)
            .all(|vm| standing.admitted && vm.token.is_some_and(|token| token >= standing.floor));
        let changes = {
            let mut view = self.view.lock().await;
            view.update(&vms);
            view.since(since)
        };
        let report = HostReport {
            host: self.core.host.clone(),
            boot: self.core.boot.clone(),
            // One that fires later than the wait counts on proves nothing, armed or not.
            armed: standing.armed.is_some_and(|fires| fires <= self.core.policy.watchdog),
            arming: standing.arming,
            accepted: Some(standing.floor),
            sealed,
            revision: changes.revision,
            vms: changes.vms,
            complete: changes.complete,
        };
        Ok(Response::new((&report).into()))
    }

    async fn start_vm(
        &self,
        request: Request<StartVmRequest>,
    ) -> Result<Response<OrderReply>, Status> {
        require_controller(&request)?;
        let StartVmRequest { vm, definition, token, key, attempt } = request.into_inner();
        let (definition, key, token) =
            (vm_from(&definition)?, key_from(&key)?, require_token(token)?);
        let (core, id, order) = (Arc::clone(&self.core), VmId(vm), Order { key, attempt });
        let result =
            self.tasks.run(async move { core.start(&id, &definition, token, &order).await }).await;
        Ok(Response::new(OrderReply { error: order_error(&result) }))
    }

    async fn stop_vm(
        &self,
        request: Request<StopVmRequest>,
    ) -> Result<Response<OrderReply>, Status> {
        require_controller(&request)?;
        let StopVmRequest { vm, token } = request.into_inner();
        let (core, id, token) = (Arc::clone(&self.core), VmId(vm), require_token(token)?);
        let result = self.tasks.run(async move { core.stop(&id, token).await }).await;
        Ok(Response::new(OrderReply { error: order_error(&result) }))
    }

    async fn admit(&self, request: Request<AdmitRequest>) -> Result<Response<AdmitReply>, Status> {
        require_controller(&request)?;
        let (core, token) = (Arc::clone(&self.core), require_token(request.into_inner().token)?);
        let result = self.tasks.run(async move { core.admit(token).await }).await;
        let (boot, result) = parts(result);
        Ok(Response::new(AdmitReply { error: order_error(&result), boot }))
    }

    async fn withhold(
        &self,
        request: Request<WithholdRequest>,
    ) -> Result<Response<WithholdReply>, Status> {
        require_controller(&request)?;
        let WithholdRequest { host, token } = request.into_inner();
        let (core, host, token) = (Arc::clone(&self.core), HostId(host), require_token(token)?);
        let result = self.tasks.run(async move { core.withhold(&host, token).await }).await;
        let (ends_in, result): (Span, _) = parts(result);
        Ok(Response::new(WithholdReply {
            error: order_error(&result),
            promise_ends_in_ms: ends_in.as_millis(),
        }))
    }

    async fn ask_promise(
        &self,
        request: Request<AskPromiseRequest>,
    ) -> Result<Response<AskPromiseReply>, Status> {
        let asker = require_agent(&request)?;
        let AskPromiseRequest { host, token, vms, lasts_ms } = request.into_inner();
        if asker.as_str() != host {
            return Err(Status::permission_denied(format!(
                "agent {asker} may ask for its own host only, not for {host}"
            )));
        }
        let (core, token) = (Arc::clone(&self.core), require_token(token)?);
        let vms = vms.into_iter().map(VmId).collect();
        let lasts = Span::from_millis(lasts_ms);
        let result =
            self.tasks.run(async move { core.promise(&asker, token, &vms, lasts).await }).await;
        Ok(Response::new(match result {
            Ok(lasts) => AskPromiseReply {
                promised: true,
                lasts_ms: lasts.as_millis(),
                refusal: String::new(),
            },
            Err(error) => {
                AskPromiseReply { promised: false, lasts_ms: 0, refusal: error.to_string() }
            }
        }))
    }

    async fn see_controller(
        &self,
        request: Request<SeeControllerRequest>,
    ) -> Result<Response<SeeControllerReply>, Status> {
        let (controller, _) = require_controller(&request)?;
        let told = request.into_inner().standing.as_ref().map(standing_from);
        let witness = Arc::clone(&self.witness);
        let seen = tokio::task::spawn_blocking(move || {
            witness.lock().unwrap_or_else(PoisonError::into_inner).see(controller, told)
        })
        .await
        .map_err(|error| Status::internal(error.to_string()))?
        .map_err(|error| Status::internal(error.to_string()))?;
        Ok(Response::new(SeeControllerReply { seen: seen.as_ref().map(standing_to) }))
    }

    async fn arm(&self, request: Request<ArmRequest>) -> Result<Response<ArmReply>, Status> {
        require_controller(&request)?;
        let ArmRequest { arm, token } = request.into_inner();
        let (core, token) = (Arc::clone(&self.core), require_token(token)?);
        let result = self.tasks.run(async move { core.order_arming(arm, token).await }).await;
        let (watchdog, result): (Span, _) = parts(result);
        Ok(Response::new(ArmReply {
            error: order_error(&result),
            watchdog_ms: watchdog.as_millis(),
        }))
    }
}

/// A value and the result without it.
fn parts<T: Default>(result: Result<T, DriverError>) -> (T, Result<(), DriverError>) {
    match result {
        Ok(value) => (value, Ok(())),
        Err(error) => (T::default(), Err(error)),
    }
}
