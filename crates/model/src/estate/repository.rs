use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::LocationId;
use crate::text::Text;
use crate::units::{DataRate, Span};

/// What keeps backups; or what holds data of its own where they are used, as an image cache does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    /// For people.
    pub title: Text,
    /// The tool that writes and reads it, as people name it.
    pub tool: String,
    /// Where it stands: one location, or several when it serves in place.
    pub at: BTreeSet<LocationId>,
    /// How fast its media are read, as measured in a restore; none when nothing is copied from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<DataRate>,
    /// Whether its media can be carried elsewhere and read there as fast, the media of one set of
    /// data without those of the others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub portable: bool,
    /// It serves its data from where it stands, nothing being copied, after so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serves_in: Option<Span>,
}
