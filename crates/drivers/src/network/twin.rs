//! The switches of twin rooms.

use async_trait::async_trait;
use contracts::error::DriverError;
use contracts::network::{Network, PathStatus};
use model::id::{HostId, RoomId};
use wire::convert::{driver_error_of_status, order_result};
use wire::twin::{Change, PathsRequest, PortRequest};

use crate::twin_room::{TwinRooms, unreadable};

/// Twin switches.
#[derive(Clone, Debug)]
pub struct TwinNetwork(pub TwinRooms);

impl TwinNetwork {
    async fn port(&self, at: &RoomId, host: &HostId, change: Change) -> Result<bool, DriverError> {
        let request = PortRequest { host: host.to_string(), change: change.into() };
        let answer = self.0.at(at)?.port(request).await;
        let reply = answer.map_err(|status| driver_error_of_status(&status))?.into_inner();
        order_result(&reply.error)?;
        Ok(reply.closed)
    }
}

#[async_trait]
impl Network for TwinNetwork {
    async fn paths(&self, room: &RoomId) -> Result<Vec<PathStatus>, DriverError> {
        let answer = self.0.at(room)?.paths(PathsRequest {}).await;
        let reply = answer.map_err(|status| driver_error_of_status(&status))?.into_inner();
        serde_json::from_slice(&reply.paths).map_err(unreadable)
    }

    async fn close(&self, at: &RoomId, host: &HostId) -> Result<(), DriverError> {
        self.port(at, host, Change::Take).await.map(drop)
    }

    async fn is_closed(&self, at: &RoomId, host: &HostId) -> Result<bool, DriverError> {
        self.port(at, host, Change::Read).await
    }

    async fn open(&self, at: &RoomId, host: &HostId) -> Result<(), DriverError> {
        self.port(at, host, Change::Give).await.map(drop)
    }
}
