use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Estate, Probe};
use crate::id::{ArrayId, HostId, PowerFeedId, RoomId};
use crate::units::Span;

/// What hosts, arrays and rooms draw their power from. What draws from several feeds goes on while
/// one of them is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PowerFeed {
    /// Where it stands.
    pub room: RoomId,
    /// How long it goes on by itself once the mains fail, at full load, as its maker or its last
    /// test says; none for a feed without a battery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub battery: Option<Span>,
    /// Rooms of which it feeds everything.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub rooms: BTreeSet<RoomId>,
    /// Hosts that it feeds.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub hosts: BTreeSet<HostId>,
    /// Arrays that it feeds.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub arrays: BTreeSet<ArrayId>,
    /// How it is asked, if it can be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
}

impl PowerFeed {
    fn feeds_host(&self, id: &HostId, room: &RoomId) -> bool {
        self.hosts.contains(id) || self.rooms.contains(room)
    }

    fn feeds_array(&self, id: &ArrayId, room: &RoomId) -> bool {
        self.arrays.contains(id) || self.rooms.contains(room)
    }
}

/// What has no power any more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dark {
    /// Hosts.
    pub hosts: BTreeSet<HostId>,
    /// Arrays.
    pub arrays: BTreeSet<ArrayId>,
}

impl Dark {
    /// Whether everything has power.
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty() && self.arrays.is_empty()
    }
}

impl Estate {
    /// What is dark when this feed is gone: what draws from it and from no other one.
    pub fn dark_without(&self, feed: &PowerFeedId) -> Dark {
        let only = |feeds: &dyn Fn(&PowerFeed) -> bool| {
            let mut feeding = self.power_feeds.iter().filter(|(_, other)| feeds(other));
            feeding.next().is_some_and(|(id, _)| id == feed) && feeding.next().is_none()
        };
        Dark {
            hosts: alone(&self.hosts, |id, host| only(&|other| other.feeds_host(id, &host.room))),
            arrays: alone(&self.arrays, |id, array| {
                only(&|other| other.feeds_array(id, &array.room))
            }),
        }
    }
}

fn alone<K: Ord + Clone, V>(all: &BTreeMap<K, V>, only: impl Fn(&K, &V) -> bool) -> BTreeSet<K> {
    all.iter().filter(|(id, thing)| only(id, thing)).map(|(id, _)| id.clone()).collect()
}
