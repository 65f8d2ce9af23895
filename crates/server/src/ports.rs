//! The drivers that the controller's calls go to.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use contracts::call::{Ports, Sleeper};
use drivers::copy::twin::TwinCopies;
use drivers::fence::twin::TwinPower;
use drivers::hypervisor::agent::GrpcAgents;
use drivers::network::twin::TwinNetwork;
use drivers::storage::twin::TwinStorage;
use drivers::twin_room::{Places, TwinRooms};
use wire::dial::Dialer;

/// The real clock.
struct TokioSleeper;

#[async_trait]
impl Sleeper for TokioSleeper {
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Drivers over this dialer. `places` learns where hosts and arrays stand when an estate is
/// loaded.
pub(crate) fn build(dialer: &Arc<Dialer>, places: &Arc<Places>, agents: Arc<GrpcAgents>) -> Ports {
    let rooms = TwinRooms::new(dialer.clone(), places.clone());
    Ports {
        agents: agents.clone(),
        power: Arc::new(TwinPower(rooms.clone())),
        storage: Arc::new(TwinStorage(rooms.clone())),
        copies: Arc::new(TwinCopies(rooms.clone())),
        network: Arc::new(TwinNetwork(rooms)),
        withholding: agents,
        sleeper: Arc::new(TokioSleeper),
    }
}
