//! Fetches the leaves that a snapshot skipped. Until they are here this node's audit log has a
//! hole, and it cosigns nothing.

use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use model::id::ControllerId;

use crate::disk::{Disk, Filled, StoreError};
use crate::frame::Kind;
use crate::network::{LeavesWanted, Wire};
use crate::runtime::Runtime;
use crate::types::Peer;

/// Leaves asked for at once; the peer may send fewer.
const CHUNK: usize = 256;

/// How long one request may take, and how long to wait before asking anybody again.
const WITHIN: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(500);

/// Wakes the fetching task: for a new gap, or because the node ends.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    bell: Notify,
    over: AtomicBool,
    ended: Notify,
}

impl Signal {
    pub(crate) fn ring(&self) {
        self.bell.notify_one();
    }

    pub(crate) fn end(&self) {
        self.over.store(true, Ordering::Release);
        self.bell.notify_one();
        self.ended.notify_one();
    }

    /// Waits until the node ends.
    pub(crate) async fn ended(&self) {
        self.ended.notified().await;
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }
}

/// What the fetching task needs.
pub(crate) struct CatchUp<RT> {
    pub(crate) disk: Arc<Disk>,
    pub(crate) wire: Arc<Wire>,
    pub(crate) signal: Arc<Signal>,
    /// The other members now.
    pub(crate) peers: Box<dyn Fn() -> Vec<(ControllerId, Peer)> + Send + Sync>,
    pub(crate) runtime: PhantomData<fn() -> RT>,
}

impl<RT: Runtime> CatchUp<RT> {
    pub(crate) async fn run(self) {
        while !self.signal.is_over() {
            match self.disk.gaps() {
                Ok(gaps) => match gaps.first() {
                    None => self.signal.bell.notified().await,
                    Some(gap) => {
                        if !self.fetch(gap.next, gap.last).await {
                            let _ = tokio::time::timeout(PAUSE, self.signal.bell.notified()).await;
                        }
                    }
                },
                // The store has said so itself and refuses all further work.
                Err(_) => return,
            }
        }
    }

    /// Asks each peer in turn; whether anything came.
    async fn fetch(&self, from: u64, to: u64) -> bool {
        let wanted = usize::try_from(to - from + 1).unwrap_or(CHUNK).min(CHUNK);
        let question = LeavesWanted { from, count: wanted };
        for (id, peer) in (self.peers)() {
            let answer = self
                .wire
                .call::<RT, _, Vec<usize>>((id, &peer), Kind::FetchLeaves, (&question, &[]), WITHIN)
                .await;
            let leaves = match answer {
                Ok((lengths, bytes)) => split(&lengths, &bytes),
                Err(error) => {
                    tracing::debug!(peer = %id, %error, "no leaves from this peer");
                    continue;
                }
            };
            if leaves.is_empty() {
                continue;
            }
            let disk = Arc::clone(&self.disk);
            let filled =
                RT::blocking(move || disk.fill(from, &leaves).map_err(StoreError::into_io)).await;
            match filled {
                Ok(Filled::Partly | Filled::Closed) => return true,
                Ok(Filled::Refuted) => {
                    tracing::error!(
                        peer = %id, from, to,
                        "fetched leaves lead to another tree than the snapshot's: thrown away"
                    );
                }
                Err(_) => return false,
            }
        }
        false
    }
}

fn split(lengths: &[usize], bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = bytes;
    let mut leaves = Vec::with_capacity(lengths.len());
    for length in lengths {
        let Some((leaf, more)) = rest.split_at_checked(*length) else { break };
        leaves.push(leaf.to_vec());
        rest = more;
    }
    leaves
}
