//! Proposals leave in the order in which they were made: here when this node leads, to the
//! leader otherwise.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use model::id::PersonId;
use state_machine::{Command, Entry};
use tokio::sync::{mpsc, oneshot};

use crate::event::{Event, Proposed};
use crate::process::Shared;

/// How many proposals may wait for their quorum at the same time: enough to fill a round trip,
/// few enough that a leader that lost its majority notices soon.
const IN_FLIGHT: usize = 64;

struct Job {
    what: What,
    answer: Option<oneshot::Sender<Proposed>>,
    events: mpsc::UnboundedSender<Event>,
}

enum What {
    Propose(Box<Entry>),
    Forward(Box<Command>, Option<PersonId>),
}

/// The hand-over to the proposing task.
pub(crate) struct Proposer {
    jobs: mpsc::UnboundedSender<Job>,
}

impl Proposer {
    pub(crate) fn start(shared: Arc<Shared>) -> Self {
        let (jobs, receiver) = mpsc::unbounded_channel();
        tokio::spawn(work(shared, receiver));
        Self { jobs }
    }

    /// Proposes on this node.
    pub(crate) fn propose(
        &self,
        entry: Entry,
        answer: Option<oneshot::Sender<Proposed>>,
        events: mpsc::UnboundedSender<Event>,
    ) {
        let _ = self.jobs.send(Job { what: What::Propose(Box::new(entry)), answer, events });
    }

    /// Sends to the leader.
    pub(crate) fn forward(
        &self,
        command: Command,
        person: Option<PersonId>,
        answer: Option<oneshot::Sender<Proposed>>,
        events: mpsc::UnboundedSender<Event>,
    ) {
        let what = What::Forward(Box::new(command), person);
        let _ = self.jobs.send(Job { what, answer, events });
    }
}

async fn work(shared: Arc<Shared>, mut jobs: mpsc::UnboundedReceiver<Job>) {
    let mut in_flight = FuturesOrdered::new();
    loop {
        tokio::select! {
            // Ended ones first, so that the bound frees up before new ones are taken.
            biased;
            Some(()) = in_flight.next(), if !in_flight.is_empty() => {}
            job = jobs.recv(), if in_flight.len() < IN_FLIGHT => {
                let Some(job) = job else { return };
                in_flight.push_back(carry_out(shared.clone(), job));
            }
        }
    }
}

async fn carry_out(shared: Arc<Shared>, job: Job) {
    let result: Proposed = match job.what {
        What::Propose(entry) => {
            shared.node.propose(*entry).await.map_err(|error| error.to_string())
        }
        What::Forward(command, person) => {
            crate::forward::command(&shared, &command, person.as_ref()).await
        }
    };
    match (result, job.answer) {
        (result, Some(answer)) => {
            let _ = answer.send(result);
        }
        (Err(reason), None) => {
            let _ = job.events.send(Event::ProposalFailed { reason });
        }
        (Ok(_), None) => {}
    }
}
