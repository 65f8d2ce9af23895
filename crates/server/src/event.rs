//! What reaches the event loop.

use model::id::{CallId, RenewalId};
use model::observation::Observation;
use model::step::Outcome;
use state_machine::{Applied, Command};
use tokio::sync::oneshot;

use model::call::Answer;
use model::id::PersonId;

/// A renewal as it arrived, on this node or relayed.
#[derive(Clone, Debug)]
pub(crate) struct Renewal {
    pub(crate) host: model::id::HostId,
    pub(crate) boot: String,
    pub(crate) armed: bool,
    pub(crate) watchdog: model::units::Span,
    pub(crate) set_number: u64,
    pub(crate) sole_starter: bool,
}

/// How a proposal made through the event loop ended.
pub(crate) type Proposed = Result<(u64, Applied), String>;

/// Something for the event loop.
pub(crate) enum Event {
    /// Results of probes.
    Probed(Vec<Observation>),
    /// A call ended.
    CallEnded { call: CallId, result: Result<Answer, Outcome> },
    /// A quorum round ended.
    QuorumRoundEnded { renewal: RenewalId, confirmed: bool },
    /// A renewal, to be answered.
    Renewal { renewal: Renewal, answer: oneshot::Sender<Result<controller::Grant, String>> },
    /// A command from a follower or a person, to be stamped and proposed here.
    Command { command: Command, person: Option<PersonId>, answer: oneshot::Sender<Proposed> },
    /// A proposal of the controller's own was not committed.
    ProposalFailed { reason: String },
}
