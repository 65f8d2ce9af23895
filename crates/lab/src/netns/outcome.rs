//! What the smoke test found, as data: the JSON object that scripts read.

use std::collections::BTreeMap;

use model::fence::Rung;
use serde::{Deserialize, Serialize};

/// The whole outcome.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// `ok`, or `failed` with `failures`.
    pub result: String,
    /// Expectations that did not hold, in words.
    pub failures: Vec<String>,
    /// VMs.
    pub vms: VmOutcome,
    /// Starts of a VM while it executed on another host, by the hosts' journals.
    pub double_starts: usize,
    /// Proofs by rung.
    pub rungs: BTreeMap<Rung, usize>,
    /// Since the kill.
    pub timeline_s: Timeline,
    /// The audit log.
    pub audit: Audit,
}

/// VMs, by the hosts' journals: one runs when the byte of this start was read from its serial port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VmOutcome {
    /// Of the estate.
    pub total: usize,
    /// Running at the end.
    pub running: usize,
    /// Started after the kill.
    pub restarted: usize,
    /// Of these, on another host.
    pub moved: usize,
}

/// Seconds since the kill, where it came to that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    /// The verdict was committed.
    pub verdict: Option<f64>,
    /// The last fence proof was committed.
    pub fenced: Option<f64>,
    /// The first restarted VM's guest executed.
    pub first_vm: Option<f64>,
    /// The last one's.
    pub last_vm: Option<f64>,
}

/// The audit log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// Whether the offline verifier finds no fault with the exported bundle.
    pub verified: bool,
    /// How many entries it covers.
    pub entries: u64,
    /// What the verifier found, where it found something.
    pub findings: Vec<String>,
}
