//! The copies that a twin room keeps.

use async_trait::async_trait;
use contracts::copy::{Copies, CopyStatus};
use contracts::error::DriverError;
use model::id::{HostId, RoomId, VolumeId};
use wire::convert::{driver_error_of_status, order_result};
use wire::twin::CopyRequest;

use crate::twin_room::{TwinRooms, unreadable};

/// Twin copies.
#[derive(Clone, Debug)]
pub struct TwinCopies(pub TwinRooms);

impl TwinCopies {
    async fn ask(
        &self,
        room: &RoomId,
        volume: &VolumeId,
        open_for: Option<&HostId>,
    ) -> Result<CopyStatus, DriverError> {
        let request = CopyRequest {
            volume: volume.to_string(),
            open_for: open_for.map(ToString::to_string).unwrap_or_default(),
        };
        let answer = self.0.at(room)?.copy(request).await;
        let reply = answer.map_err(|status| driver_error_of_status(&status))?.into_inner();
        order_result(&reply.error)?;
        serde_json::from_slice(&reply.status).map_err(unreadable)
    }
}

#[async_trait]
impl Copies for TwinCopies {
    async fn observe(&self, room: &RoomId, volume: &VolumeId) -> Result<CopyStatus, DriverError> {
        self.ask(room, volume, None).await
    }

    async fn open(
        &self,
        room: &RoomId,
        volume: &VolumeId,
        host: &HostId,
    ) -> Result<(), DriverError> {
        let status = self.ask(room, volume, Some(host)).await?;
        if status.opened {
            Ok(())
        } else {
            Err(DriverError::Unknown { reason: format!("the copy of {volume} is not open yet") })
        }
    }
}
