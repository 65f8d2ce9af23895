//! Services as their users reach them, from the rooms that are left.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use model::estate::Estate;
use model::id::RoomId;
use model::observation::Status;
use tokio::task::JoinSet;
use wire::endpoint::EndpointName;

use super::layout::Layout;

const WITHIN: Duration = Duration::from_secs(1);

/// Services whose probe passes, and services with a probe. A service answers if it does in any
/// living room.
pub(super) async fn probe_all(
    layout: &Layout,
    estate: &Estate,
    dead: &BTreeSet<RoomId>,
) -> (usize, usize) {
    let mut probing = JoinSet::new();
    for service in estate.services.values() {
        let Some(probe) = service.probe.clone() else { continue };
        // All addresses of the living rooms, by the names that probes use.
        let known: Vec<(String, Vec<SocketAddr>)> = estate
            .services
            .keys()
            .map(|id| {
                let addresses = layout
                    .service_addresses(id)
                    .into_iter()
                    .filter(|(room, _)| !dead.contains(room))
                    .map(|(_, address)| address)
                    .collect();
                (EndpointName::Service(id.clone()).to_string(), addresses)
            })
            .collect();
        probing.spawn(async move {
            let resolve = |name: &str| {
                let found = known.iter().find(|(known, _)| known == name);
                match found {
                    Some((_, addresses)) => addresses.clone(),
                    None => name.parse().into_iter().collect(),
                }
            };
            probes::run(&probe, resolve, WITHIN).await.status
        });
    }
    let findings = probing.join_all().await;
    (findings.iter().filter(|status| **status == Status::Up).count(), findings.len())
}
