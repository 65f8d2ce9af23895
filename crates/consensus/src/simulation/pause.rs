//! Processes that are stopped and go on later. Their timers run out meanwhile and their messages
//! wait: on waking they find everything at once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use model::id::ControllerId;

thread_local! {
    /// The nodes that are stopped, and who waits for them to go on.
    static STOPPED: RefCell<BTreeMap<u64, Vec<Waker>>> = const { RefCell::new(BTreeMap::new()) };
}

/// Stops all tasks of a node.
pub fn pause(node: ControllerId) {
    STOPPED.with_borrow_mut(|stopped| {
        stopped.entry(node.0).or_default();
    });
}

/// Lets them go on.
pub fn resume(node: ControllerId) {
    let waiting = STOPPED.with_borrow_mut(|stopped| stopped.remove(&node.0)).unwrap_or_default();
    waiting.into_iter().for_each(Waker::wake);
}

/// Forgets everything: a new world begins.
pub(super) fn forget() {
    STOPPED.with_borrow_mut(BTreeMap::clear);
}

/// A task of a node, which does not run while the node is stopped.
pub(super) struct Gate<F> {
    node: u64,
    inner: Pin<Box<F>>,
}

impl<F: Future> Gate<F> {
    pub(super) fn new(node: u64, inner: F) -> Self {
        Self { node, inner: Box::pin(inner) }
    }
}

impl<F: Future> Future for Gate<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let stopped = STOPPED.with_borrow_mut(|stopped| {
            let waiting = stopped.get_mut(&self.node);
            waiting.map(|waiting| waiting.push(context.waker().clone())).is_some()
        });
        if stopped { Poll::Pending } else { self.inner.as_mut().poll(context) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use super::*;
    use crate::simulation;

    #[test]
    fn a_stopped_node_does_nothing_and_goes_on_where_it_was() {
        simulation::run(1, async {
            let (node, beats) = (ControllerId(7), Arc::new(AtomicU32::new(0)));
            let counted = Arc::clone(&beats);
            simulation::spawn_on(node, async move {
                loop {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    counted.fetch_add(1, Ordering::Relaxed);
                }
            });
            tokio::time::sleep(Duration::from_millis(2500)).await;
            pause(node);
            tokio::time::sleep(Duration::from_secs(60)).await;
            assert_eq!(beats.load(Ordering::Relaxed), 2);
            resume(node);
            tokio::time::sleep(Duration::from_millis(1500)).await;
            assert_eq!(beats.load(Ordering::Relaxed), 4, "one that was due, one in time");
        });
    }
}
