//! The network and the storage links between rooms, played by TCP relays on the loopback.
//!
//! Within a room, processes reach each other directly. From one room to another every endpoint
//! has a relay of its own, so that a link can be cut: connections over it then freeze (bytes are
//! neither delivered nor refused), and new ones hang before they are accepted. A dead room hangs
//! in the same way, because a room without power refuses nothing. A living room in which nobody
//! listens refuses, as a living machine does.

mod cut;
mod listening;
mod relay;
mod reserve;
mod route;
mod weather;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use model::id::RoomId;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use cut::{Cut, UnknownCut, paths_between, paths_of_cut, paths_of_room};
pub use reserve::{Reservation, ReserveError};
pub use route::{Over, Route};
pub use weather::{PathKey, Weather};

/// How often it is read which ports are listened on.
const LISTENING_EVERY: Duration = Duration::from_millis(100);

/// All relays between rooms.
#[derive(Debug)]
pub struct Fabric {
    weather: watch::Sender<Weather>,
    // Held for its drop: the relays end with the fabric.
    _relays: JoinSet<()>,
}

impl Fabric {
    /// Starts a relay per route. Each listens on the port that its reservation holds.
    pub fn start(routes: Vec<(Route, Reservation)>) -> Self {
        let (weather, _) = watch::channel(Weather::default());
        let (ports, _) = watch::channel(BTreeSet::new());
        let mut relays = JoinSet::new();
        for (route, reservation) in routes {
            relays.spawn(relay::run(route, reservation, weather.subscribe(), ports.subscribe()));
        }
        relays.spawn(read_listening(ports));
        Self { weather, _relays: relays }
    }

    /// Cuts these paths, beside those that are cut already.
    pub fn cut(&self, paths: impl IntoIterator<Item = PathKey>) {
        self.weather.send_modify(|weather| weather.down.extend(paths));
    }

    /// No other room reaches these endpoints any more.
    pub fn silence(&self, endpoints: impl IntoIterator<Item = SocketAddr>) {
        self.weather.send_modify(|weather| weather.silent.extend(endpoints));
    }

    /// Heals every path, and lets silent endpoints be reached again.
    pub fn heal(&self) {
        self.weather.send_modify(|weather| {
            weather.down.clear();
            weather.silent.clear();
        });
    }

    /// From now on nothing answers from this room, not even a refusal.
    pub fn room_dies(&self, room: &RoomId) {
        self.weather.send_modify(|weather| {
            weather.dead.insert(room.clone());
        });
    }
}

async fn read_listening(ports: watch::Sender<BTreeSet<u16>>) {
    let mut every = tokio::time::interval(LISTENING_EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        match listening::listening_ports().await {
            Ok(found) => {
                ports.send_if_modified(|known| {
                    let changed = *known != found;
                    *known = found;
                    changed
                });
            }
            Err(error) => tracing::warn!(%error, "cannot read which ports are listened on"),
        }
    }
}
