//! What is agreed about a host: its admission, its watchdog, the fence order in force.

use std::collections::BTreeSet;

use model::era::Token;
use model::fence::FenceProof;
use model::id::HostId;
use model::seeded_bug::{SeededBug, seeded_bug};
use model::step::StepKey;
use model::time::LogTime;
use model::units::Span;
use serde::{Deserialize, Serialize};

use super::Maintenance;
use crate::attestation::Attestation;

/// What is agreed about a host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostRecord {
    /// Its last admission; none before the first, or while fenced.
    pub admitted: Option<Admission>,
    /// Armed, with W.
    pub armed: Option<Armed>,
    /// The fence order in force.
    pub fence: Option<FenceOrder>,
    /// Its own maintenance.
    pub maintenance: Option<Maintenance>,
    /// The boot that its agent last told.
    #[serde(default)]
    pub boot: Option<String>,
    /// The boot before that one: a room that is late may still tell of it.
    #[serde(default)]
    pub former_boot: Option<String>,
    /// Disarmed by an entry: it stays so, whatever is observed, until an entry arms it.
    #[serde(default)]
    pub disarmed: bool,
    /// The token of the entry that last armed or disarmed it. What an agent says of its watchdog
    /// counts as "armed" only from this order on.
    #[serde(default)]
    pub arming: Token,
    /// Let in again after a proved fence, or joined after the first load: another host may still
    /// have a promise set in force that does not ask this one, so that its withholding stops
    /// nothing there unless the leader has seen a newer set confirmed.
    #[serde(default)]
    pub perhaps_not_asked: bool,
    /// Hosts that joined, by a later estate, those who could take this one's VMs: this host may
    /// still have a promise set in force that does not ask them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub perhaps_does_not_ask: BTreeSet<HostId>,
}

impl HostRecord {
    /// Whether VMs may be started here (S7).
    pub fn may_start(&self) -> bool {
        // Seeded bug `quarantine-skipped`: a host that came back needs no admission.
        let admitted = self.admitted.is_some() || seeded_bug(SeededBug::QuarantineSkipped);
        admitted && self.fence.is_none()
    }
}

/// An admission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admission {
    /// The token that the admission raised to.
    pub token: Token,
    /// The boot that was admitted; another boot needs another admission. Empty at the first
    /// load, when any boot is let in and recorded at the first observation.
    pub boot: String,
}

/// An armed watchdog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Armed {
    /// W, as the estate says, or the order that armed it.
    pub watchdog: Span,
    /// Since when.
    pub since: LogTime,
    /// In which boot of the host; empty in states written before this was kept.
    #[serde(default)]
    pub boot: String,
}

/// A fence order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FenceOrder {
    /// Its token (the epoch that it raised to).
    pub token: Token,
    /// Since when no lease is granted.
    pub at: LogTime,
    /// Which step ordered it.
    pub step: StepKey,
    /// Agents that withhold promises.
    pub withheld: Vec<Withheld>,
    /// Proofs, one per rung at most.
    pub proofs: Vec<FenceProof>,
    /// What persons attested under this order.
    #[serde(default)]
    pub attested: Vec<Attestation>,
}

impl FenceOrder {
    /// Whether some rung has proved.
    pub fn is_proved(&self) -> bool {
        !self.proofs.is_empty()
    }
}

/// One agent's withholding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// By which agent's host.
    pub by: HostId,
    /// How long its last promise still lasted when it answered.
    pub promise_ends_in: Span,
    /// When it was committed.
    pub at: LogTime,
}
