//! Why a node could not do what it was asked.

use std::time::Duration;

use model::id::{ControllerId, RoomId};

use crate::config::ConfigError;
use crate::disk::StoreError;

/// The node has stopped for good: its disk failed, its log is damaged, or it was shut down.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this controller's consensus has stopped ({reason}); it takes no further part, look at its \
     disk and restart it, or replace it under a new controller id"
)]
pub struct Stopped {
    /// What stopped it.
    pub reason: String,
}

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The timers.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The stored log and state do not fit together.
    #[error(
        "the stored log and state do not fit together: {reason}; this controller must not \
             join, replace it under a new controller id"
    )]
    Inconsistent {
        /// What openraft said.
        reason: String,
    },
}

/// Why a proposal was not applied, as far as this node knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProposeError {
    /// This node does not lead; nothing was proposed.
    #[error("this controller does not lead, {} does", leader_name(.leader))]
    NotLeader {
        /// Who leads, if it knows.
        leader: Option<ControllerId>,
    },
    /// No quorum answers; nothing was proposed.
    #[error("no majority of the controllers answers: nothing can be decided until one does")]
    NoQuorum,
    /// It may or may not be committed, now or later. Look before proposing it again.
    #[error("the outcome of the proposal is not known: {reason}; it may still be committed")]
    Unknown {
        /// Why.
        reason: String,
    },
    /// The node has stopped.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// Why no quorum round confirmed the leadership.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// This node does not lead.
    #[error("this controller does not lead, {} does", leader_name(.leader))]
    NotLeader {
        /// Who leads, if it knows.
        leader: Option<ControllerId>,
    },
    /// No quorum confirmed it in time.
    #[error("no majority confirmed this controller's leadership within {} ms", .within.as_millis())]
    NoQuorum {
        /// How long it waited.
        within: Duration,
    },
    /// The node has stopped.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// Why leadership did not move.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransferError {
    /// Only the leader can hand over.
    #[error("this controller does not lead, {} does", leader_name(.leader))]
    NotLeader {
        /// Who leads, if it knows.
        leader: Option<ControllerId>,
    },
    /// Not a voter.
    #[error("{to} is not a voter")]
    NotAVoter {
        /// To whom it was to move.
        to: ControllerId,
    },
    /// It did not take over in time; somebody else may lead now.
    #[error("{to} did not take over within {} ms, {} leads", .within.as_millis(), leader_name(.leader))]
    TimedOut {
        /// To whom it was to move.
        to: ControllerId,
        /// How long was waited.
        within: Duration,
        /// Who leads now, if known.
        leader: Option<ControllerId>,
    },
    /// The node has stopped.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// Why the cluster was not formed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BootstrapError {
    /// At most one voter a room.
    #[error(
        "room {room} would have two voting controllers, {first} and {second}: losing it would \
             take two votes, give each room one"
    )]
    TwoVotersInOneRoom {
        /// The room.
        room: RoomId,
        /// One of them.
        first: ControllerId,
        /// The other.
        second: ControllerId,
    },
    /// This node is not among the members.
    #[error("{me} is not among the members: bootstrap on one that is")]
    NotAMember {
        /// This node.
        me: ControllerId,
    },
    /// Its log is not empty; the cluster is formed already.
    #[error("the cluster is formed already: this controller's log is not empty")]
    AlreadyFormed,
    /// The node has stopped.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// Why the membership did not change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MembershipError {
    /// At most one voter a room.
    #[error(
        "room {room} would have two voting controllers, {first} and {second}: losing it would \
             take two votes, give each room one"
    )]
    TwoVotersInOneRoom {
        /// The room.
        room: RoomId,
        /// One of them.
        first: ControllerId,
        /// The other.
        second: ControllerId,
    },
    /// It has to be added as a learner first, and catch up.
    #[error("{controller} is no member: add it as a learner first")]
    NotAMember {
        /// Who.
        controller: ControllerId,
    },
    /// This node does not lead.
    #[error("this controller does not lead, {} does", leader_name(.leader))]
    NotLeader {
        /// Who leads, if it knows.
        leader: Option<ControllerId>,
    },
    /// openraft refused, for example because another change is under way.
    #[error("the change of membership was refused: {reason}")]
    Refused {
        /// What it said.
        reason: String,
    },
    /// It may or may not be committed.
    #[error("the outcome of the change is not known: {reason}; look at the members")]
    Unknown {
        /// Why.
        reason: String,
    },
    /// The node has stopped.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// Why leaves were not read.
#[derive(Debug, thiserror::Error)]
pub enum LeavesError {
    /// This node caught up by snapshot and has not fetched them yet.
    #[error(
        "the leaves {from} to {to} are not here yet: this controller caught up by snapshot and \
             is fetching them from its peers"
    )]
    Missing {
        /// The first that is missing.
        from: u64,
        /// The last of that gap.
        to: u64,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn leader_name(leader: &Option<ControllerId>) -> String {
    leader.map_or_else(|| "nobody known".to_owned(), |leader| leader.to_string())
}
