//! Speaks to every peer: often until this node is sure of its disk, then once a second, so that
//! peers that send each other nothing else know how far each other's disks have come.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use model::id::ControllerId;

use crate::catch_up::Signal;
use crate::frame::Kind;
use crate::network::Wire;
use crate::runtime::Runtime;
use crate::types::Peer;

/// How long an answer may take, and how long to wait before asking again.
const WITHIN: Duration = Duration::from_millis(800);
const UNSURE: Duration = Duration::from_millis(100);
const SURE: Duration = Duration::from_secs(1);

/// What the introducing task needs.
pub(crate) struct Introduce<RT> {
    pub(crate) me: ControllerId,
    pub(crate) wire: Arc<Wire>,
    pub(crate) signal: Arc<Signal>,
    /// All members now, this one too.
    pub(crate) members: Box<dyn Fn() -> Vec<(ControllerId, Peer)> + Send + Sync>,
    pub(crate) runtime: PhantomData<fn() -> RT>,
}

impl<RT: Runtime> Introduce<RT> {
    pub(crate) async fn run(self) {
        while !self.signal.is_over() {
            let members = (self.members)();
            let alone = !members.is_empty() && members.iter().all(|(id, _)| *id == self.me);
            if alone {
                self.wire.standings.clear();
            }
            join_all(members.iter().filter(|(id, _)| *id != self.me).map(|to| self.greet(to)))
                .await;
            if self.wire.keep::<RT>(true).await.is_err() {
                // The store has said so itself and refuses all further work.
                return;
            }
            let pause = if self.wire.standings.is_cleared() { SURE } else { UNSURE };
            let _ = tokio::time::timeout(pause, self.signal.ended()).await;
        }
    }

    async fn greet(&self, (id, peer): &(ControllerId, Peer)) {
        let greeting = self.wire.call::<RT, _, ()>((*id, peer), Kind::Hello, (&(), &[]), WITHIN);
        if let Err(error) = greeting.await {
            tracing::debug!(peer = %id, %error, "no word from this peer");
        }
    }
}
