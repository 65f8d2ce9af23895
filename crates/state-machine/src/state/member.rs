//! Who takes part, and who led last.

use model::era::Epoch;
use model::id::{ControllerId, RoomId};
use model::time::LogTime;
use serde::{Deserialize, Serialize};

/// A member of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The controller.
    pub controller: ControllerId,
    /// Its room; at most one voter a room.
    pub room: RoomId,
}

/// A token with which one controller may join once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinToken {
    /// The id that it is for.
    pub controller: ControllerId,
    /// The room that it is for.
    pub room: RoomId,
    /// By log time.
    pub until: LogTime,
    /// Whether it was shown.
    pub used: bool,
}

/// Versions of `apply`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// The oldest.
    pub oldest: u32,
    /// The newest.
    pub newest: u32,
}

impl Versions {
    /// Whether this version is among them.
    pub fn carries(&self, version: u32) -> bool {
        (self.oldest..=self.newest).contains(&version)
    }
}

/// The last leader to start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaderRecord {
    /// Which controller.
    pub controller: ControllerId,
    /// The epoch that its start raised to.
    pub epoch: Epoch,
    /// When.
    pub at: LogTime,
}
