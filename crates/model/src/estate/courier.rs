use serde::{Deserialize, Serialize};

use crate::id::LocationId;
use crate::text::Text;
use crate::units::{RoadSpeed, Span};

/// Who fetches media and brings them to where they are read. One trip takes the media of every set
/// of data that goes by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Courier {
    /// For people.
    pub title: Text,
    /// Until somebody drives off: called, on the spot, with a car.
    pub start: Span,
    /// On both ends together: finding the media, signing, loading, connecting a reader.
    pub handling: Span,
    /// Where they set out from; where the media are wanted, when nothing is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<LocationId>,
    /// How fast they drive, for ways of which only the distance is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<RoadSpeed>,
}
