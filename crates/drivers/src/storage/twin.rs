//! The arrays of a twin room.

use async_trait::async_trait;
use contracts::error::DriverError;
use contracts::storage::{ArrayStatus, Storage};
use model::id::{ArrayId, HostId};
use wire::convert::{driver_error_of_status, order_result};
use wire::twin::{ArrayRequest, Change, MappingRequest};

use crate::twin_room::{TwinRooms, unreadable};

/// Twin arrays.
#[derive(Clone, Debug)]
pub struct TwinStorage(pub TwinRooms);

impl TwinStorage {
    async fn mapping(
        &self,
        array: &ArrayId,
        host: &HostId,
        change: Change,
    ) -> Result<bool, DriverError> {
        let request = MappingRequest {
            array: array.to_string(),
            host: host.to_string(),
            change: change.into(),
        };
        let answer = self.0.of_array(array)?.mapping(request).await;
        let reply = answer.map_err(|status| driver_error_of_status(&status))?.into_inner();
        order_result(&reply.error)?;
        Ok(reply.mapped)
    }
}

#[async_trait]
impl Storage for TwinStorage {
    async fn observe(&self, array: &ArrayId) -> Result<ArrayStatus, DriverError> {
        let request = ArrayRequest { array: array.to_string() };
        let answer = self.0.of_array(array)?.observe_array(request).await;
        let reply = answer.map_err(|status| driver_error_of_status(&status))?.into_inner();
        order_result(&reply.error)?;
        serde_json::from_slice(&reply.status).map_err(unreadable)
    }

    async fn mapped(&self, array: &ArrayId, host: &HostId) -> Result<bool, DriverError> {
        self.mapping(array, host, Change::Read).await
    }

    async fn unmap(&self, array: &ArrayId, host: &HostId) -> Result<(), DriverError> {
        self.mapping(array, host, Change::Take).await.map(drop)
    }

    async fn map(&self, array: &ArrayId, host: &HostId) -> Result<(), DriverError> {
        self.mapping(array, host, Change::Give).await.map(drop)
    }
}
