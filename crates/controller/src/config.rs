//! Who this controller is.

use model::id::{ControllerId, RoomId};

/// Who this controller is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Its id.
    pub id: ControllerId,
    /// The room in which it stands: its vantage.
    pub room: RoomId,
}
