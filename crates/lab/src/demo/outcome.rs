//! What a demonstration found, as data: the JSON object that scripts read.

use std::collections::BTreeMap;
use std::path::PathBuf;

use model::fence::Rung;
use model::id::RoomId;
use serde::{Deserialize, Serialize};

/// The whole outcome.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// `ok`, or `failed` with `failures`.
    pub result: String,
    /// Expectations that did not hold, in words.
    pub failures: Vec<String>,
    /// Which fault.
    pub fault: String,
    /// What it struck.
    pub target: String,
    /// Where the leader was when the fault struck.
    pub leader_room: RoomId,
    /// Proofs by rung.
    pub rungs: BTreeMap<Rung, usize>,
    /// Hosts against which a fence was ordered.
    pub fences: usize,
    /// VMs.
    pub vms: VmOutcome,
    /// Starts of a VM while it executed on another host, by the hosts' journals.
    pub double_starts: usize,
    /// VMs that a watchdog stopped because a lease had ended.
    pub stopped_by_lease: usize,
    /// How many the rules of the lease say it stops; none where they leave it open.
    pub stopped_by_lease_predicted: Option<usize>,
    /// Whether every service's user-level probe passes, probed from the rooms that are left.
    pub services_ok: bool,
    /// Services whose probe passes, and services with a probe.
    pub services: (usize, usize),
    /// The recovery time.
    pub rto: Rto,
    /// How much the estate's boot times were compressed.
    pub time_scale: u32,
    /// Since the fault.
    pub timeline_s: Timeline,
    /// The audit log.
    pub audit: Audit,
    /// The largest resident size, so far, of any controller that still runs at the end, in MiB, as
    /// the kernel counts it.
    pub controller_memory_mib: f64,
    /// Where everything else was kept.
    pub kept: PathBuf,
}

/// VMs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VmOutcome {
    /// Of the estate.
    pub total: usize,
    /// Running at the end, by the hosts' journals.
    pub running: usize,
    /// Started by us after the fault.
    pub restarted: usize,
    /// Of these, on another host.
    pub moved: usize,
}

/// The recovery time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rto {
    /// The limit.
    pub target_s: f64,
    /// From the fault until the last VM had booted and every probe passed, as it was measured.
    pub wall_s: f64,
    /// The same with the estate's own boot times; see `crate::rto`.
    pub modelled_s: f64,
}

/// Seconds since the fault, where it came to that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    /// The length of the hold-off, from the verdict.
    pub hold_off: Option<f64>,
    /// The verdict was committed.
    pub verdict: Option<f64>,
    /// The last fence proof was committed.
    pub fenced: Option<f64>,
    /// The first restarted VM's guest executed.
    pub first_vm: Option<f64>,
    /// The last restarted VM's guest executed.
    pub last_vm: Option<f64>,
}

/// The audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// Whether the offline verifier finds no fault with the exported bundle.
    pub verified: bool,
    /// How many entries it covers.
    pub entries: u64,
    /// What `bascule audit verify` takes.
    pub path: PathBuf,
    /// What the verifier found, where it found something.
    pub findings: Vec<String>,
}
