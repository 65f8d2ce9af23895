//! Copies of volumes outside of their storage layer.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use model::id::{HostId, RoomId, VolumeId};
use model::units::Span;

use crate::error::DriverError;

/// What the keeper of a copy tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyStatus {
    /// It hears the volume that it follows.
    pub in_contact: bool,
    /// Every write acknowledged earlier than so long ago is in the copy. While it hears nothing
    /// this grows with time.
    pub age: Span,
    /// It was opened: it follows no more.
    pub opened: bool,
}

/// A keeper of copies.
///
/// Contract: `observe` never says a shorter age than is true; after `open` returns, nothing of the
/// volume's former layer changes the copy any more, and the host may write to it. Opening an open
/// copy changes nothing.
#[async_trait]
pub trait Copies: Send + Sync + 'static {
    /// What the keeper tells of a volume's copy in a room.
    async fn observe(&self, room: &RoomId, volume: &VolumeId) -> Result<CopyStatus, DriverError>;

    /// Opens the copy for a host of its room.
    async fn open(
        &self,
        room: &RoomId,
        volume: &VolumeId,
        host: &HostId,
    ) -> Result<(), DriverError>;
}
