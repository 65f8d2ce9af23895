//! The order that opens an era: what two persons sign before one controller goes on alone.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::era::Era;
use crate::id::{ControllerId, HostId, RoomId};
use crate::observation::Target;
use crate::units::Span;

/// What an era is opened from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OpenedFrom {
    /// The log of a controller that is left without a majority.
    Survivor,
    /// An exported bundle, after a black start: no controller's disk is left.
    Export,
}

/// Where the log of the era before ends, as far as the survivor knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OldLog {
    /// The era before.
    pub era: Era,
    /// The origin of its audit tree.
    pub origin: String,
    /// The leaves of that tree.
    pub size: u64,
    /// The tree's root over them, in hex.
    pub root: String,
}

/// A host of another room, as the order names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderedHost {
    /// Which.
    pub host: HostId,
    /// In which room.
    pub room: RoomId,
    /// W of its watchdog if it was armed when it was last heard. None: nothing resets it, and the
    /// persons' statement that it is off is all there is.
    pub watchdog: Option<Span>,
    /// What was last known of it.
    pub last_known: String,
}

/// What a channel to another room says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelSays {
    /// A sign of life: no era is opened while it lasts.
    Life,
    /// Something that lives itself says that it is down.
    Down,
    /// Nothing is heard. It may have died with the room, or only the way to it.
    Silent,
}

/// A way by which life in another room would be seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderedChannel {
    /// What is probed.
    pub target: Target,
    /// In which room it stands; none for what is reached wherever it runs.
    pub room: Option<RoomId>,
    /// What it says.
    pub says: ChannelSays,
    /// Silent because it stands in that room and would have died with it: its silence proves
    /// nothing.
    pub died_too: bool,
    /// The probe's own words.
    pub words: String,
}

/// The order: what is opened, from which log, and what the persons who sign it have checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EraOrder {
    /// The cluster.
    pub cluster: String,
    /// The era to be opened.
    pub era: Era,
    /// From what.
    pub from: OpenedFrom,
    /// The controller that goes on alone.
    pub controller: ControllerId,
    /// Its room.
    pub room: RoomId,
    /// The log that it goes on from.
    pub old: OldLog,
    /// Every host of the other rooms.
    pub hosts: Vec<OrderedHost>,
    /// Every channel to the other rooms.
    pub channels: Vec<OrderedChannel>,
    /// What the persons state they have checked.
    pub statement: String,
    /// Why the era is opened.
    pub reason: String,
}

impl EraOrder {
    /// The hosts that nothing but the persons' statement covers.
    pub fn hosts_without_watchdog(&self) -> impl Iterator<Item = &OrderedHost> {
        self.hosts.iter().filter(|host| host.watchdog.is_none())
    }

    /// The channels whose silence proves nothing, because they stand in the room that is silent.
    pub fn channels_that_died_too(&self) -> impl Iterator<Item = &OrderedChannel> {
        self.channels.iter().filter(|channel| channel.died_too)
    }

    /// The channels that show life.
    pub fn signs_of_life(&self) -> impl Iterator<Item = &OrderedChannel> {
        self.channels.iter().filter(|channel| channel.says == ChannelSays::Life)
    }
}

impl fmt::Display for ChannelSays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Life => "life",
            Self::Down => "down",
            Self::Silent => "silent",
        })
    }
}
