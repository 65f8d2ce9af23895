use model::id::ControllerId;
use model::observation::{Status, Target};
use wire::endpoint::EndpointName;
use wire::peer::PingRequest;

use super::Watcher;

/// Another controller's heartbeat.
pub(super) async fn watch(watcher: Watcher, controller: ControllerId) {
    let mut beat = watcher.beat();
    let me = watcher.shared.config.controller.0;
    loop {
        beat.tick().await;
        let (status, says) = match watcher.shared.dialer.dial(&EndpointName::Controller(controller))
        {
            Err(error) => (Status::Unknown, error.to_string()),
            Ok(connection) => {
                let mut peer = connection.within(watcher.policy.probe_timeout).peer();
                match peer.ping(PingRequest { controller: me }).await {
                    Ok(reply) => (Status::Up, format!("era {}", reply.into_inner().era)),
                    Err(status) => (Status::Unknown, status.message().to_owned()),
                }
            }
        };
        watcher.report(vec![watcher.observation(Target::Controller { controller }, status, says)]);
    }
}
