//! Power fencing: a management controller (BMC) or a power distribution unit.

use async_trait::async_trait;

use model::id::HostId;

use crate::error::DriverError;

/// Power as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PowerReading {
    /// Whether the host has power on.
    pub on: bool,
    /// The device's own words.
    pub answer: String,
}

/// Something that switches a host's power.
///
/// Contract: `power_off` of a host that is off changes nothing; `read` never answers from memory.
#[async_trait]
pub trait Power: Send + Sync + 'static {
    /// Reads the power state.
    async fn read(&self, host: &HostId) -> Result<PowerReading, DriverError>;

    /// Orders power off, without grace.
    async fn power_off(&self, host: &HostId) -> Result<(), DriverError>;

    /// Orders power on.
    async fn power_on(&self, host: &HostId) -> Result<(), DriverError>;
}
