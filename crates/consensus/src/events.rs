//! What a node tells its controller, in log order.

use std::sync::Arc;

use tokio::sync::mpsc;

use state_machine::{Applied, Entry, OrphanHead};

/// An entry that was applied here.
#[derive(Clone, Debug)]
pub struct AppliedEvent {
    /// Its log index.
    pub index: u64,
    /// The term in which it was proposed.
    pub term: u64,
    /// The entry.
    pub entry: Arc<Entry>,
    /// What it did.
    pub applied: Applied,
    /// Whether an earlier life of this node applied it already and it is only being read back
    /// into memory. Its effects were this node's business then, not now.
    pub replayed: bool,
}

/// What happened to the state.
#[derive(Clone, Debug)]
pub enum Event {
    /// An entry was applied.
    Applied(AppliedEvent),
    /// The state was replaced by a snapshot; entries up to here were not seen one by one.
    Restored {
        /// The snapshot's last index.
        index: u64,
    },
    /// A controller of an older era came back and says where its log ended.
    Orphan(OrphanHead),
}

/// The events in log order. It has no bound, so that a slow reader cannot stop agreement:
/// whoever takes it must read it, or drop it, and then no events are kept.
pub struct Events {
    pub(crate) receiver: mpsc::UnboundedReceiver<Event>,
}

impl Events {
    /// The next event; none once the node is gone.
    pub async fn next(&mut self) -> Option<Event> {
        self.receiver.recv().await
    }

    /// The next event if one is there already.
    pub fn try_next(&mut self) -> Option<Event> {
        self.receiver.try_recv().ok()
    }
}
