use serde::{Deserialize, Serialize};

use crate::id::ControllerId;
use crate::product::Product;
use crate::text::Text;

/// What a room is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RoomRole {
    /// Runs VMs every day.
    Production,
    /// Built on other technology; runs the main services when production is gone.
    LastResort,
}

/// A server room, with its one controller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// For people.
    pub title: Text,
    /// What it is for.
    pub role: RoomRole,
    /// The virtualisation product of its hosts.
    pub technology: Product,
    /// The one controller that stands in it.
    pub controller: ControllerId,
}
