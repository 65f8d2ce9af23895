//! Switches: links, and the uplink through which a host or a room reaches the surviving side.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use model::id::{HostId, LinkId, PathId, RoomId};

use crate::error::DriverError;

/// One path of a link, as a switch at one end sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathStatus {
    /// Which link.
    pub link: LinkId,
    /// Which path.
    pub path: PathId,
    /// Whether there is signal from the other end.
    pub up: bool,
}

/// The switch of a room.
///
/// Contract: after `close` returns, no frame of the host passes this room's uplink until `open`;
/// `is_closed` never answers from memory.
#[async_trait]
pub trait Network: Send + Sync + 'static {
    /// The paths that end at this room's switch.
    async fn paths(&self, room: &RoomId) -> Result<Vec<PathStatus>, DriverError>;

    /// Closes, at `at`'s switch, the way in for what comes from `host`.
    async fn close(&self, at: &RoomId, host: &HostId) -> Result<(), DriverError>;

    /// Whether it is closed.
    async fn is_closed(&self, at: &RoomId, host: &HostId) -> Result<bool, DriverError>;

    /// Opens it again (at admission).
    async fn open(&self, at: &RoomId, host: &HostId) -> Result<(), DriverError>;
}
