//! Hosts with our agent on them, over gRPC: what a controller orders and asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use contracts::call::Agents;
use contracts::error::DriverError;
use contracts::hypervisor::{Hypervisor, VmStatus};
use contracts::withhold::Withholding;
use model::era::Token;
use model::estate::Vm;
use model::id::{HostId, VmId};
use model::step::{Order, StepKey};
use model::units::Span;
use tonic::{Response, Status};
use wire::agent::agent_client::AgentClient;
use wire::agent::{
    AdmitRequest, ArmRequest, ObserveRequest, OrderReply, StartVmRequest, StopVmRequest,
    WithholdRequest,
};
use wire::convert::{HostReport, driver_error_of_status, key_to, order_result, token_to, vm_to};
use wire::dial::{Connection, Dialer};
use wire::endpoint::EndpointName;

/// The agents of all hosts.
#[derive(Clone, Debug)]
pub struct GrpcAgents {
    dialer: Arc<Dialer>,
}

impl GrpcAgents {
    /// Agents are called through this dialer, as the controller that it shows.
    pub fn new(dialer: Arc<Dialer>) -> Self {
        Self { dialer }
    }

    /// What an agent tells of its host: everything if `since` is 0, otherwise what changed since
    /// that revision.
    pub async fn observe(&self, host: &HostId, since: u64) -> Result<HostReport, DriverError> {
        let request = ObserveRequest { since_revision: since };
        let reply = answered(self.of(host)?.observe(request).await)?;
        HostReport::try_from(reply)
            .map_err(|error| DriverError::Unknown { reason: error.to_string() })
    }

    /// Arms or disarms a host's watchdog; W as read back. Disarming is a committed entry first.
    pub async fn arm(&self, host: &HostId, arm: bool, token: Token) -> Result<Span, DriverError> {
        let request = ArmRequest { arm, token: Some(token_to(token)) };
        let reply = answered(self.of(host)?.arm(request).await)?;
        order_result(&reply.error)?;
        Ok(Span::from_millis(reply.watchdog_ms))
    }

    fn of(&self, host: &HostId) -> Result<AgentClient<Connection>, DriverError> {
        let name = EndpointName::Agent(host.clone());
        let connection = self
            .dialer
            .dial(&name)
            .map_err(|error| DriverError::Failed { reason: error.to_string() })?;
        Ok(connection.agent())
    }
}

fn answered<T>(answer: Result<Response<T>, Status>) -> Result<T, DriverError> {
    answer.map(Response::into_inner).map_err(|status| driver_error_of_status(&status))
}

fn answered_order(answer: Result<Response<OrderReply>, Status>) -> Result<(), DriverError> {
    order_result(&answered(answer)?.error)
}

#[async_trait]
impl Agents for GrpcAgents {
    async fn start(
        &self,
        host: &HostId,
        id: &VmId,
        vm: &Vm,
        token: Token,
        order: &Order,
    ) -> Result<(), DriverError> {
        let request = StartVmRequest {
            vm: id.to_string(),
            definition: vm_to(vm),
            token: Some(token_to(token)),
            key: key_to(&order.key),
            attempt: order.attempt,
        };
        answered_order(self.of(host)?.start_vm(request).await)
    }

    async fn stop(&self, host: &HostId, id: &VmId, token: Token) -> Result<(), DriverError> {
        let request = StopVmRequest { vm: id.to_string(), token: Some(token_to(token)) };
        answered_order(self.of(host)?.stop_vm(request).await)
    }

    async fn admit(&self, host: &HostId, token: Token) -> Result<String, DriverError> {
        let request = AdmitRequest { token: Some(token_to(token)) };
        let reply = answered(self.of(host)?.admit(request).await)?;
        order_result(&reply.error)?;
        Ok(reply.boot)
    }
}

#[async_trait]
impl Withholding for GrpcAgents {
    async fn withhold(
        &self,
        by: &HostId,
        host: &HostId,
        token: Token,
    ) -> Result<Span, DriverError> {
        let request = WithholdRequest { host: host.to_string(), token: Some(token_to(token)) };
        let reply = answered(self.of(by)?.withhold(request).await)?;
        order_result(&reply.error)?;
        Ok(Span::from_millis(reply.promise_ends_in_ms))
    }
}

/// One host behind its agent, as a hypervisor: what the conformance suite drives.
#[derive(Clone, Debug)]
pub struct BehindAgent {
    /// The agents.
    pub agents: GrpcAgents,
    /// Which host.
    pub host: HostId,
    /// The token under which stops are ordered.
    pub token: Token,
    /// Starts ordered so far: each one is an attempt of its own.
    pub attempts: Arc<AtomicU32>,
}

#[async_trait]
impl Hypervisor for BehindAgent {
    async fn observe(&self) -> Result<Vec<(VmId, VmStatus)>, DriverError> {
        Ok(self.agents.observe(&self.host, 0).await?.vms)
    }

    async fn ensure_running(
        &self,
        id: &VmId,
        vm: &Vm,
        token: Token,
        key: &StepKey,
    ) -> Result<(), DriverError> {
        let attempt = self.attempts.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        self.agents.start(&self.host, id, vm, token, &Order { key: key.clone(), attempt }).await
    }

    async fn ensure_stopped(&self, id: &VmId, _reason: &str) -> Result<(), DriverError> {
        self.agents.stop(&self.host, id, self.token).await
    }
}
