//! A controller process: the real consensus node and the real controller, fed by the same loop as
//! in the server, over simulated links.

mod agents;
mod event_loop;
mod life;
mod proposer;
mod relay;
mod transport;
mod watch;

use controller::survivor::OpeningStatus;
use model::call::Answer;
use model::era_order::EraOrder;
use model::id::{CallId, HostId, PersonId, RenewalId};
use model::observation::Observation;
use model::step::Outcome;
use model::units::Span;
use state_machine::{Applied, Command};
use tokio::sync::oneshot;

pub(crate) use agents::{ask_guardian, ask_promise, renew};
pub(crate) use life::{boot, boot_new, form, kill, propose};

/// How a proposal ended.
pub(crate) type Proposed = Result<(u64, Applied), String>;

/// A renewal as it arrived, on this node or relayed.
#[derive(Clone, Debug)]
pub(crate) struct Renewal {
    pub(crate) host: HostId,
    pub(crate) boot: String,
    pub(crate) armed: bool,
    pub(crate) watchdog: Span,
    pub(crate) set_number: u64,
}

/// How an order to open an era was taken.
pub(crate) type Opened = Result<OpeningStatus, String>;

/// How a renewal was answered.
pub(crate) type Granted = Result<controller::Grant, String>;

/// Something for the event loop.
pub(crate) enum Event {
    /// Results of probes.
    Probed(Vec<Observation>),
    /// A call ended.
    CallEnded { call: CallId, result: Result<Answer, Outcome> },
    /// A quorum round ended.
    QuorumRoundEnded { renewal: RenewalId, confirmed: bool },
    /// A renewal, to be answered by this node as the leader.
    Renewal { renewal: Renewal, answer: oneshot::Sender<Granted> },
    /// A command from a follower, to be stamped and proposed here.
    Command { command: Command, person: Option<PersonId>, answer: oneshot::Sender<Proposed> },
    /// A person asks for the draft of an order to open an era.
    DraftEra { answer: oneshot::Sender<Option<EraOrder>> },
    /// Two persons hand over their order.
    OpenEra { order: String, answer: oneshot::Sender<Opened> },
    /// An agent of the survivor's room withholds promises from a host.
    EraWithheld { from: HostId, by: HostId, ends_in: Span },
    /// A proposal of the controller's own was not committed.
    ProposalFailed,
}

/// A hash of what an entry is and did.
pub(crate) fn content_of(entry: &state_machine::Entry, applied: &Applied) -> u64 {
    hash_of([serde_json::to_vec(entry), serde_json::to_vec(applied)])
}

/// A hash of all that a node's state says.
pub(crate) fn state_hash(state: &state_machine::State) -> u64 {
    hash_of([serde_json::to_vec(state)])
}

fn hash_of<const N: usize>(parts: [serde_json::Result<Vec<u8>>; N]) -> u64 {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for part in parts {
        // What can't be written would have stopped the store long before.
        hash.update(part.unwrap_or_default());
    }
    let bytes: [u8; 32] = hash.finalize().into();
    bytes.iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}
