//! What can happen to a controller.

use std::sync::Arc;

use model::call::Answer;
use model::id::{CallId, HostId, RenewalId};
use model::observation::Observation;
use model::step::Outcome;
use model::units::Span;
use state_machine::{Applied, Entry};

/// An event, from the one place that feeds the controller.
#[derive(Clone, Debug)]
pub enum Input {
    /// Time passes. At least every 100 ms.
    Tick,
    /// Raw results of this controller's probes, one per target probed; not yet debounced. One
    /// agent's answer comes in one batch: the host's own observation and those of its VMs. The
    /// first answer of another boot names every VM that the agent knows (those that it does not
    /// name do not run there); later answers may name only those that changed.
    Probed(Vec<Observation>),
    /// An entry was applied on this node; the state handed over is the one after it.
    Applied {
        /// Its log index.
        index: u64,
        /// The entry.
        entry: Arc<Entry>,
        /// What it did.
        applied: Arc<Applied>,
    },
    /// Consensus says that this node leads (a hint: authority comes from the committed
    /// `LeaderStarted` that follows).
    LeadershipGained,
    /// Consensus says that this node no longer leads.
    LeadershipLost,
    /// A proposal of ours was not committed (not leading, no majority); it may be made again.
    ProposalFailed,
    /// A call ended.
    CallEnded {
        /// Which.
        call: CallId,
        /// How; an error is `Refused`, `Failed` or `Unknown`.
        result: Result<Answer, Outcome>,
    },
    /// A host's renewal arrived (on this node or relayed from another).
    RenewalArrived {
        /// Its number.
        renewal: RenewalId,
        /// From which host.
        host: HostId,
        /// The host's boot.
        boot: String,
        /// Its watchdog is armed.
        armed: bool,
        /// W as read back from the device.
        watchdog: Span,
        /// The number of the promise set that the host confirms.
        set_number: u64,
        /// Nothing but Bascule starts managed VMs there.
        sole_starter: bool,
    },
    /// A quorum round that began after the renewal arrived has ended.
    QuorumRoundEnded {
        /// Which renewal's.
        renewal: RenewalId,
        /// Whether a majority still follows this leader, and everything committed before the
        /// round is applied.
        confirmed: bool,
    },
}
