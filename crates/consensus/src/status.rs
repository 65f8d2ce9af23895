//! What a node says about itself. A hint for people and for retries, never authority.

use std::collections::BTreeMap;
use std::time::Duration;

use openraft::alias::WatchReceiverOf;
use openraft::{Instant, RaftMetrics, ServerState};
use openraft_rt::watch::WatchReceiver;

use model::id::ControllerId;

use crate::error::Stopped;
use crate::runtime::Runtime;
use crate::types::{Config, Peer};

/// A node's part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It receives the log and does not vote.
    Learner,
    /// It votes and follows.
    Follower,
    /// It asks for votes.
    Candidate,
    /// It believes that it leads. While it is cut off it may be wrong.
    Leader,
    /// It has stopped.
    Stopped,
}

/// What a node says about itself. Two nodes can say `Leader` at once while a cut lasts; only a
/// committed entry decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The node.
    pub controller: ControllerId,
    /// Its part.
    pub role: Role,
    /// Its term.
    pub term: u64,
    /// Who leads, as far as it knows.
    pub leader: Option<ControllerId>,
    /// The last entry in its log.
    pub last_log: Option<u64>,
    /// The last entry that it knows to be committed.
    pub committed: Option<u64>,
    /// The last entry that it has applied.
    pub applied: Option<u64>,
    /// Where its saved state stands.
    pub snapshot: Option<u64>,
    /// The last entry that its log no longer has.
    pub purged: Option<u64>,
    /// On a leader: how long ago a quorum last acknowledged it.
    pub quorum_silent_for: Option<Duration>,
    /// On a leader: how far each peer's log is known to match.
    pub replicated: BTreeMap<ControllerId, Option<u64>>,
    /// The voters.
    pub voters: Vec<ControllerId>,
    /// All members with their places.
    pub members: BTreeMap<ControllerId, Peer>,
    /// Why it has stopped, if so.
    pub stopped: Option<String>,
}

impl Status {
    pub(crate) fn of<RT: Runtime>(metrics: &RaftMetrics<Config<RT>>) -> Self {
        let replicated = metrics.replication.iter().flatten();
        Self {
            controller: ControllerId(metrics.id),
            role: match (&metrics.running_state, metrics.state) {
                (Err(_), _) | (_, ServerState::Shutdown) => Role::Stopped,
                (_, ServerState::Learner) => Role::Learner,
                (_, ServerState::Follower) => Role::Follower,
                (_, ServerState::Candidate) => Role::Candidate,
                (_, ServerState::Leader) => Role::Leader,
            },
            term: metrics.current_term,
            leader: metrics.current_leader.map(ControllerId),
            last_log: metrics.last_log_index,
            committed: metrics.local_committed.as_ref().map(|id| id.index),
            applied: metrics.last_applied.as_ref().map(|id| id.index),
            snapshot: metrics.snapshot.as_ref().map(|id| id.index),
            purged: metrics.purged.as_ref().map(|id| id.index),
            quorum_silent_for: metrics.last_quorum_acked.map(|at| at.elapsed()),
            replicated: replicated
                .map(|(id, matching)| {
                    (ControllerId(*id), matching.as_ref().map(|matching| matching.index))
                })
                .collect(),
            voters: metrics.membership_config.voter_ids().map(ControllerId).collect(),
            members: metrics
                .membership_config
                .nodes()
                .map(|(id, peer)| (ControllerId(*id), peer.clone()))
                .collect(),
            stopped: metrics.running_state.as_ref().err().map(ToString::to_string),
        }
    }
}

/// Follows a node's status.
pub struct StatusWatch<RT: Runtime> {
    pub(crate) metrics: WatchReceiverOf<Config<RT>, RaftMetrics<Config<RT>>>,
}

impl<RT: Runtime> StatusWatch<RT> {
    /// The status now.
    pub fn now(&self) -> Status {
        Status::of(&self.metrics.borrow_watched())
    }

    /// Waits for a change; none once the node is gone.
    pub async fn changed(&mut self) -> Option<Status> {
        self.metrics.changed().await.ok()?;
        Some(self.now())
    }

    /// Waits until the status is as wanted; none once the node is gone.
    pub async fn until(&mut self, wanted: impl Fn(&Status) -> bool) -> Option<Status> {
        loop {
            let status = Status::of(&self.metrics.borrow_and_update());
            if wanted(&status) {
                return Some(status);
            }
            self.metrics.changed().await.ok()?;
        }
    }
}

/// Follows how far a node has applied, with the leaves on its disk.
pub struct AppliedWatch<RT: Runtime> {
    pub(crate) settled: WatchReceiverOf<Config<RT>, Option<u64>>,
}

impl<RT: Runtime> AppliedWatch<RT> {
    /// The last index that is applied and whose leaf is on the disk; none before the first.
    pub fn now(&self) -> Option<u64> {
        *self.settled.borrow_watched()
    }

    /// Waits until this index is applied.
    pub async fn reached(&mut self, index: u64) -> Result<u64, Stopped> {
        loop {
            let now = *self.settled.borrow_and_update();
            if let Some(now) = now.filter(|now| *now >= index) {
                return Ok(now);
            }
            self.settled
                .changed()
                .await
                .map_err(|_| Stopped { reason: "the node is gone".to_owned() })?;
        }
    }
}
