//! What a controller wants done.

use model::call::Call;
use model::era::Token;
use model::id::{CallId, ControllerId, HostId, RenewalId};
use model::units::Span;
use state_machine::Command;

/// Something for the host of this crate to carry out.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Stamp and propose; on a follower, forward to the leader. If it is not committed, answer
    /// with `Input::ProposalFailed`.
    Propose(Command),
    /// Call a driver, bounded by `deadline` (past it the result is `Unknown`); answer with
    /// `Input::CallEnded`.
    Call {
        /// Which call.
        call: CallId,
        /// What.
        what: Call,
        /// At most so long.
        deadline: Span,
    },
    /// Run a quorum round (ReadIndex, never a lease read); answer with `Input::QuorumRoundEnded`.
    QuorumRound {
        /// For which renewal.
        renewal: RenewalId,
    },
    /// Hand the leadership over; nothing to answer, the change of leadership tells.
    HandOver {
        /// To whom: a controller that hears more of the estate.
        to: ControllerId,
    },
    /// Answer a renewal.
    AnswerRenewal {
        /// Which.
        renewal: RenewalId,
        /// The grant, or why not.
        answer: Result<Grant, String>,
    },
}

/// A granted lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// L, counted by the holder from its sending.
    pub lease: Span,
    /// The hosts whose agents could take this host's VMs: all must promise when no lease can be
    /// had. An empty set is a no.
    pub promise_set: Vec<HostId>,
    /// The set's number; a set changes only with a renewal that the host confirms.
    pub set_number: u64,
    /// Hosts of the set that are fenced: not asked.
    pub fenced: Vec<HostId>,
    /// The controllers whose guardians can promise instead: all of them must.
    pub guardians: Vec<ControllerId>,
    /// The current token.
    pub token: Token,
}
