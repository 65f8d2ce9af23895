//! The management controllers of a twin room's hosts.

use async_trait::async_trait;
use contracts::error::DriverError;
use contracts::fence::{Power, PowerReading};
use model::id::HostId;
use wire::convert::{driver_error_of_status, order_result};
use wire::twin::{HostRequest, PowerReply, SetPowerRequest};

use crate::twin_room::TwinRooms;

/// Power of twin hosts.
#[derive(Clone, Debug)]
pub struct TwinPower(pub TwinRooms);

impl TwinPower {
    async fn set(&self, host: &HostId, on: bool) -> Result<(), DriverError> {
        let request = SetPowerRequest { host: host.to_string(), on };
        let answer = self.0.of_host(host)?.set_power(request).await;
        reading(answer).map(drop)
    }
}

fn reading(
    answer: Result<tonic::Response<PowerReply>, tonic::Status>,
) -> Result<PowerReading, DriverError> {
    let reply = answer.map_err(|status| driver_error_of_status(&status))?.into_inner();
    order_result(&reply.error)?;
    Ok(PowerReading { on: reply.on, answer: reply.says })
}

#[async_trait]
impl Power for TwinPower {
    async fn read(&self, host: &HostId) -> Result<PowerReading, DriverError> {
        let request = HostRequest { host: host.to_string() };
        reading(self.0.of_host(host)?.read_power(request).await)
    }

    async fn power_off(&self, host: &HostId) -> Result<(), DriverError> {
        self.set(host, false).await
    }

    async fn power_on(&self, host: &HostId) -> Result<(), DriverError> {
        self.set(host, true).await
    }
}
