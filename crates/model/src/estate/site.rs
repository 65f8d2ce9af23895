use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::id::{LocationId, RoomId};
use crate::text::Text;
use crate::units::{Kilometres, RoadSpeed, Span};

/// A site beyond the rooms, or around some of them. It has no controller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// For people.
    pub title: Text,
    /// The rooms that stand on it: what takes the site takes them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub rooms: BTreeSet<RoomId>,
    /// How far it is, one way, from every room that does not stand on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub away: Option<Away>,
    /// How far it is, one way, from these locations; wins over `away`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub to: BTreeMap<LocationId, Away>,
}

/// How far, one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Away {
    /// So long by road, as somebody has driven it.
    Drive(Span),
    /// So far by road; how long depends on who drives.
    Distance(Kilometres),
}

impl Away {
    /// How long the way takes; nothing where it takes a speed that nobody gave.
    pub fn drive(self, speed: Option<RoadSpeed>) -> Option<Span> {
        match self {
            Self::Drive(span) => Some(span),
            Self::Distance(distance) => Some(speed?.time_for(distance)),
        }
    }
}
