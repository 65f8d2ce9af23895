//! Proposals leave in the order in which they were made, as in the server: one task carries them
//! out, some at the same time, and none overtakes another on the way into consensus.

use std::future::Future;
use std::pin::Pin;

use consensus::simulation;
use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use model::id::ControllerId;
use tokio::sync::mpsc;

/// How many may wait for their quorum at the same time; as in the server.
const IN_FLIGHT: usize = 64;

/// A proposal and what becomes of its outcome.
pub(super) type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The hand-over to the proposing task.
pub(super) struct Proposer(mpsc::UnboundedSender<Job>);

impl Proposer {
    /// Starts the task of a controller's life.
    pub(super) fn start(me: ControllerId) -> Self {
        let (jobs, received) = mpsc::unbounded_channel();
        simulation::spawn_on(me, work(received));
        Self(jobs)
    }

    /// Carries it out after those before it.
    pub(super) fn then(&self, job: impl Future<Output = ()> + Send + 'static) {
        // The task ends with the controller, which then proposes nothing more.
        let _ = self.0.send(Box::pin(job));
    }
}

async fn work(mut jobs: mpsc::UnboundedReceiver<Job>) {
    let mut in_flight = FuturesOrdered::new();
    loop {
        tokio::select! {
            biased;
            Some(()) = in_flight.next(), if !in_flight.is_empty() => {}
            job = jobs.recv(), if in_flight.len() < IN_FLIGHT => {
                let Some(job) = job else { return };
                in_flight.push_back(job);
            }
        }
    }
}
