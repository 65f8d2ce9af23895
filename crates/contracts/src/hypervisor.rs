//! A hypervisor on one host, as its local agent drives it.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use model::era::Token;
use model::estate::Vm;
use model::id::VmId;
use model::step::StepKey;

use crate::error::DriverError;

/// What a hypervisor tells of one VM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VmStatus {
    /// Its process or firmware executes, whether or not its disk answers.
    pub running: bool,
    /// The guest itself has shown that it executes since this start.
    pub booted: bool,
    /// The token under which it was last started here.
    pub token: Option<Token>,
    /// The step key of that start.
    pub key: Option<StepKey>,
    /// Its administrator shut it down from inside or through the platform.
    pub stopped_on_purpose: bool,
}

/// A hypervisor on one host.
///
/// Contract, held by the conformance suite:
/// 1. `ensure_running` of a VM that runs under the same key changes nothing and says so.
/// 2. After `ensure_stopped` returns, the VM does not execute.
/// 3. `observe` tells of every VM that executes, started by us or not.
/// 4. An error other than `Unknown` means that nothing was changed.
#[async_trait]
pub trait Hypervisor: Send + Sync + 'static {
    /// Every VM known on this host, with its status.
    async fn observe(&self) -> Result<Vec<(VmId, VmStatus)>, DriverError>;

    /// Starts the VM unless it runs. Returns once the start is under way; `observe` tells when
    /// the guest has booted.
    async fn ensure_running(
        &self,
        id: &VmId,
        vm: &Vm,
        token: Token,
        key: &StepKey,
    ) -> Result<(), DriverError>;

    /// Stops the VM unless it is stopped; returns when it no longer executes.
    async fn ensure_stopped(&self, id: &VmId, reason: &str) -> Result<(), DriverError>;
}
