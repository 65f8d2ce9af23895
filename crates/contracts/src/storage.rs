//! Arrays and storage layers.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use model::id::{ArrayId, HostId, RoomId, VolumeId};

use crate::error::DriverError;

/// What an array tells of itself and of the layer that it is part of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrayStatus {
    /// Whether this array serves I/O to the hosts of its room.
    pub serving: bool,
    /// Whether its copy is in step with the other side's.
    pub in_sync: bool,
    /// Whether it sees the other array of its layer.
    pub sees_peer: bool,
    /// Whether it sees the tie-break site.
    pub sees_quorum: bool,
    /// The room whose side goes on alone, after an election.
    pub elected: Option<RoomId>,
    /// How many elections it has won or caught up with.
    #[serde(default)]
    pub generation: u64,
    /// Volumes and whether they serve.
    pub volumes: BTreeMap<VolumeId, bool>,
}

/// An array.
///
/// Contract: after `unmap` returns, no write of the host is acknowledged by this array until
/// `map`; `mapped` never answers from memory.
#[async_trait]
pub trait Storage: Send + Sync + 'static {
    /// What the array tells.
    async fn observe(&self, array: &ArrayId) -> Result<ArrayStatus, DriverError>;

    /// Whether any volume of the array is mapped to the host.
    async fn mapped(&self, array: &ArrayId, host: &HostId) -> Result<bool, DriverError>;

    /// Takes every mapping from the host.
    async fn unmap(&self, array: &ArrayId, host: &HostId) -> Result<(), DriverError>;

    /// Gives the host its mappings back (at admission).
    async fn map(&self, array: &ArrayId, host: &HostId) -> Result<(), DriverError>;
}
