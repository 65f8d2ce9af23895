//! Frames between controllers.

use std::time::Duration;

use consensus::simulation;
use consensus::{Peer, PeerTransport, TransportError, TransportFuture};
use model::id::{ControllerId, RoomId};

use crate::world::World;

/// One controller's way into the links.
pub(super) struct Links {
    pub(super) world: World,
    pub(super) me: ControllerId,
    pub(super) room: RoomId,
}

impl PeerTransport for Links {
    fn send<'a>(
        &'a self,
        to: ControllerId,
        peer: &'a Peer,
        frame: Vec<u8>,
        _within: Duration,
    ) -> TransportFuture<'a> {
        Box::pin(async move {
            if !self.world.hop(&self.room, &peer.room).await {
                std::future::pending::<()>().await;
            }
            let node = {
                let now = self.world.now();
                let mut stage = self.world.stage();
                stage.record.trace.message(now, self.me.0, to.0, frame.len());
                stage.controllers.get(&to).map(|running| running.node.clone())
            };
            let Some(node) = node else {
                return Err(TransportError::Unreachable { reason: "it is down".to_owned() });
            };
            let from = self.me;
            if let Some(later) = self.world.second_arrival() {
                let (node, frame) = (node.clone(), frame.clone());
                simulation::spawn_on(to, async move {
                    tokio::time::sleep(later).await;
                    node.handle(from, &frame).await
                });
            }
            // On the receiver's side: it goes on when the sender dies and ends with the receiver.
            let handled = simulation::spawn_on(to, async move { node.handle(from, &frame).await });
            let Ok(answer) = handled.await else {
                return Err(TransportError::Unreachable { reason: "it died".to_owned() });
            };
            if !self.world.hop(&peer.room, &self.room).await {
                std::future::pending::<()>().await;
            }
            Ok(answer)
        })
    }
}
