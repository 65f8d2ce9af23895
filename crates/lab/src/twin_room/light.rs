//! Light in fibres: each path is tried by itself, so that one dark path of two is seen.

use std::sync::Arc;
use std::time::Duration;

use model::units::Span;
use tokio::task::JoinSet;
use wire::dial::Dialer;
use wire::endpoint::EndpointName;
use wire::twin::LightRequest;

use super::room::Room;
use crate::fabric::PathKey;

const EVERY: Duration = Duration::from_millis(300);
const WITHIN: Span = Span::from_millis(400);

/// The paths that end in this room, with the endpoint at the far end of each.
pub(super) fn paths(dialer: &Dialer) -> Vec<(PathKey, EndpointName)> {
    dialer
        .endpoints()
        .iter()
        .filter_map(|(name, _)| match name {
            EndpointName::Light { link, path, .. } => {
                Some(((link.clone(), path.clone()), name.clone()))
            }
            _ => None,
        })
        .collect()
}

/// Tries every path, for ever.
pub(super) fn watch(room: &Arc<Room>, dialer: &Arc<Dialer>, tasks: &mut JoinSet<()>) {
    for (path, name) in paths(dialer) {
        tasks.spawn(one(room.clone(), dialer.clone(), path, name));
    }
}

async fn one(room: Arc<Room>, dialer: Arc<Dialer>, path: PathKey, name: EndpointName) {
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        let Ok(connection) = dialer.dial(&name) else { return };
        let request = LightRequest {
            link: path.0.to_string(),
            path: path.1.to_string(),
            from_room: room.id.to_string(),
        };
        if connection.within(WITHIN).device().light(request).await.is_ok() {
            room.saw_light(&path);
        }
    }
}
