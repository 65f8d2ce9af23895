//! Power, sensors and data tiers in figures.

use serde::{Deserialize, Serialize};

use crate::estate::{Celsius, Dark, Estate, Measures};
use crate::id::{DataTierId, PowerFeedId, RoomId, SensorId, VolumeId};
use crate::text::Text;
use crate::units::Span;

/// A power feed in figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedSummary {
    /// Which.
    pub feed: PowerFeedId,
    /// Where it stands.
    pub room: RoomId,
    /// How long it goes on by itself; none for a feed without a battery.
    pub battery: Option<Span>,
    /// What is dark without it.
    pub dark: Dark,
}

/// A sensor in figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SensorSummary {
    /// Which.
    pub sensor: SensorId,
    /// Its name.
    pub title: Text,
    /// Where it hangs.
    pub room: RoomId,
    /// What it measures.
    pub measures: Measures,
    /// From here on people are warned.
    pub warning: Option<Celsius>,
    /// From here on the room is about to stop by itself.
    pub critical: Option<Celsius>,
    /// The MQTT topic on which it speaks.
    pub topic: Option<String>,
}

/// A data tier in figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataTierSummary {
    /// Its turn when data is restored.
    pub turn: u8,
    /// Which.
    pub tier: DataTierId,
    /// Its name.
    pub title: Text,
    /// How far back its data goes.
    pub reaches_back: Option<Span>,
    /// Its volumes.
    pub volumes: Vec<VolumeId>,
}

pub(super) fn feeds(estate: &Estate) -> Vec<FeedSummary> {
    let feeds = estate.power_feeds.iter().map(|(id, feed)| FeedSummary {
        feed: id.clone(),
        room: feed.room.clone(),
        battery: feed.battery,
        dark: estate.dark_without(id),
    });
    feeds.collect()
}

pub(super) fn sensors(estate: &Estate) -> Vec<SensorSummary> {
    let sensors = estate.sensors.iter().map(|(id, sensor)| SensorSummary {
        sensor: id.clone(),
        title: sensor.title.clone(),
        room: sensor.room.clone(),
        measures: sensor.measures,
        warning: sensor.warning,
        critical: sensor.critical,
        topic: sensor.topic.clone(),
    });
    sensors.collect()
}

pub(super) fn data_tiers(estate: &Estate) -> Vec<DataTierSummary> {
    let tiers = estate.restore_order().into_iter().map(|(id, tier)| DataTierSummary {
        turn: tier.turn,
        tier: id.clone(),
        title: tier.title.clone(),
        reaches_back: tier.reaches_back,
        volumes: tier.volumes.iter().cloned().collect(),
    });
    tiers.collect()
}
