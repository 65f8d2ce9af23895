//! The one dispatch from a call to a driver.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use model::call::{Answer, Call};
use model::era::Token;
use model::estate::Vm;
use model::id::{HostId, VmId};
use model::seeded_bug::{SeededBug, seeded_bug};
use model::step::Order;
use model::units::Span;

use crate::copy::Copies;
use crate::error::DriverError;
use crate::fence::Power;
use crate::network::Network;
use crate::storage::Storage;
use crate::withhold::Withholding;

/// Orders to the agents of hosts.
#[async_trait]
pub trait Agents: Send + Sync + 'static {
    /// Starts a VM.
    async fn start(
        &self,
        host: &HostId,
        id: &VmId,
        vm: &Vm,
        token: Token,
        order: &Order,
    ) -> Result<(), DriverError>;

    /// Stops a VM; the agent refuses tokens below `token` for it from now on.
    async fn stop(&self, host: &HostId, id: &VmId, token: Token) -> Result<(), DriverError>;

    /// Seals the host below `token` and returns its boot.
    async fn admit(&self, host: &HostId, token: Token) -> Result<String, DriverError>;
}

/// Waiting, so that the simulator's virtual time holds here too.
#[async_trait]
pub trait Sleeper: Send + Sync + 'static {
    /// Returns after this long.
    async fn sleep(&self, duration: Duration);
}

/// The drivers that calls go to.
#[derive(Clone)]
pub struct Ports {
    /// Host agents.
    pub agents: Arc<dyn Agents>,
    /// Power.
    pub power: Arc<dyn Power>,
    /// Storage.
    pub storage: Arc<dyn Storage>,
    /// Copies outside of the storage layers.
    pub copies: Arc<dyn Copies>,
    /// Network.
    pub network: Arc<dyn Network>,
    /// Promises.
    pub withholding: Arc<dyn Withholding>,
    /// Time.
    pub sleeper: Arc<dyn Sleeper>,
}

/// The shortest time between two readings of "off" that count as proof: a management controller
/// may still be carrying out the order at the first.
pub const POWER_READS_APART: Span = Span::from_millis(500);

/// Carries out a call. The caller bounds the whole with a deadline of its own; a deadline that
/// passes is `Unknown`.
pub async fn dispatch(ports: &Ports, call: &Call) -> Result<Answer, DriverError> {
    match call {
        Call::StartVm { host, vm, definition, token, order } => {
            ports.agents.start(host, vm, definition, *token, order).await?;
            Ok(Answer::Accepted)
        }
        Call::StartVmFromCopy { host, vm, definition, room, token, order } => {
            // A copy that is open and a VM that does not start lose nothing: the order is given
            // again.
            for volume in &definition.volumes {
                ports.copies.open(room, volume, host).await?;
            }
            ports.agents.start(host, vm, definition, *token, order).await?;
            Ok(Answer::Accepted)
        }
        Call::StopVm { host, vm, token } => {
            ports.agents.stop(host, vm, *token).await?;
            Ok(Answer::Accepted)
        }
        Call::PowerOff { host } => {
            ports.power.power_off(host).await?;
            let first = ports.power.read(host).await?;
            // Seeded bug `power-read-once`: the second reading is spared.
            if seeded_bug(SeededBug::PowerReadOnce) && !first.on {
                let says = first.answer;
                return Ok(Answer::PoweredOff { reads: 1, apart: Span::ZERO, says });
            }
            ports.sleeper.sleep(POWER_READS_APART.to_std() + Duration::from_millis(50)).await;
            let second = ports.power.read(host).await?;
            if first.on || second.on {
                return Err(DriverError::Unknown {
                    reason: format!("power still reads on after the order: {}", second.answer),
                });
            }
            Ok(Answer::PoweredOff { reads: 2, apart: POWER_READS_APART, says: second.answer })
        }
        Call::CutStorage { host, arrays, close_at } => {
            for array in arrays {
                ports.storage.unmap(array, host).await?;
                if ports.storage.mapped(array, host).await? {
                    return Err(DriverError::Unknown {
                        reason: format!("array {array} still maps host {host} after the order"),
                    });
                }
            }
            for room in close_at {
                ports.network.close(room, host).await?;
                if !ports.network.is_closed(room, host).await? {
                    return Err(DriverError::Unknown {
                        reason: format!("room {room}'s switch still lets host {host} in"),
                    });
                }
            }
            Ok(Answer::StorageCut { unmapped_on: arrays.clone(), closed_at: close_at.clone() })
        }
        Call::Withhold { by, host, token } => {
            let promise_ends_in = ports.withholding.withhold(by, host, *token).await?;
            Ok(Answer::Withholds { promise_ends_in })
        }
        Call::Admit { host, token, arrays, open_at } => {
            // The agent seals before anything is mapped: a host that refuses stays cut.
            let boot = ports.agents.admit(host, *token).await?;
            for array in arrays {
                ports.storage.map(array, host).await?;
            }
            for room in open_at {
                ports.network.open(room, host).await?;
            }
            Ok(Answer::Admitted { boot })
        }
    }
}
