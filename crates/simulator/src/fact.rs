//! What the checkers see: facts of the simulated world, as an outside observer knows them.

use model::call::Call;
use model::era::{Era, Token};
use model::id::{ControllerId, HostId, RoomId, VmId, VolumeId};
use model::step::StepKey;
use model::units::Span;
use state_machine::{Applied, Entry};
use std::fmt;
use std::sync::Arc;

/// One thing that happened.
#[derive(Clone, Debug)]
pub(crate) enum Fact {
    /// A VM begins to execute on a host.
    VmStarted { vm: VmId, host: HostId, token: Option<Token>, key: Option<StepKey> },
    /// The guest has shown that it executes.
    VmBooted { vm: VmId, host: HostId },
    /// A VM executes there no longer.
    VmEnded { vm: VmId, host: HostId, why: &'static str },
    /// A host booted.
    HostBooted { host: HostId, boot: String },
    /// A host and all on it stopped: its power, or its watchdog.
    HostDown { host: HostId, why: &'static str },
    /// Whether a host is cut off: no array serves it, and the way in from it is closed at
    /// another room.
    HostIsolated { host: HostId, isolated: bool },
    /// A host's agent refused an order.
    OrderRefused { host: HostId, reason: String, promise_held: bool },
    /// A guardian promised that no controller runs beside it, and none starts for a while.
    GuardianPromised { by: ControllerId, to: HostId },
    /// A controller starts although its guardian promised that it does not for a while longer.
    GuardianBroken { node: ControllerId, left: Span },
    /// An agent promised.
    Promised { by: HostId, to: HostId },
    /// A host starts a VM although it promised not to for a while longer.
    PromiseBroken { vm: VmId, host: HostId, left: Span },
    /// A storage side was elected to go on alone, or both serve again.
    StorageSide { layer: String, elected: Option<RoomId> },
    /// A VM that begins to execute opens a volume from a side or a copy in a room, which lacks
    /// what was acknowledged within so long.
    VolumeOpened { volume: VolumeId, vm: VmId, host: HostId, from: RoomId, missing: Span },
    /// A controller started.
    ControllerStarted { node: ControllerId },
    /// A controller was killed by a fault.
    ControllerKilled { node: ControllerId, led: bool },
    /// A controller's process goes on after it was stopped; whether it believed that it led while
    /// another one does.
    ControllerWoke { node: ControllerId, deposed: bool },
    /// A controller stopped by itself, as it should: its disk said so.
    ControllerStopped { node: ControllerId, why: String },
    /// A controller stopped by itself, or panicked.
    ControllerFailed { node: ControllerId, why: String },
    /// A controller says that it leads.
    Leads { node: ControllerId, era: Era, term: u64 },
    /// A node applied an entry.
    Applied {
        node: ControllerId,
        index: u64,
        term: u64,
        entry: Arc<Entry>,
        applied: Arc<Applied>,
        /// A hash over term, entry and what it did.
        content: u64,
        /// An earlier life of the node had applied it.
        replayed: bool,
    },
    /// The audit tree of a node's state at an index.
    Root { node: ControllerId, era: Era, index: u64, root: [u8; 32] },
    /// The leaves that a node keeps, and the tree that they make.
    Leaves { node: ControllerId, index: u64, stated: [u8; 32], made: [u8; 32] },
    /// A leader begins to propose something.
    ProposalBegan { node: ControllerId, proposal: u64 },
    /// A proposal was acknowledged to whoever made it.
    Acknowledged {
        node: ControllerId,
        proposal: u64,
        era: Era,
        index: u64,
        command: &'static str,
        content: u64,
    },
    /// A node begins to ask a majority whether it still leads.
    ReadBegan { node: ControllerId, read: u64 },
    /// A majority has answered: what the node has applied then; none if it was not confirmed.
    ReadEnded { node: ControllerId, read: u64, index: Option<u64> },
    /// A hash of a node's whole state at an index.
    StateAt { node: ControllerId, era: Era, index: u64, hash: u64 },
    /// A controller sends a call to the outside.
    Called {
        node: ControllerId,
        call: Call,
        /// The token of the state as applied there.
        committed: Token,
    },
    /// A controller's store was founded anew.
    EraFounded { node: ControllerId, era: Era },
    /// A controller heard that its era is over, and stopped.
    LeftBehind { node: ControllerId, why: String },
    /// Something that a play expects.
    Expected { what: &'static str, held: bool, seen: String },
    /// A fault strikes; its number is its place in the run's list.
    Fault { number: usize, kind: &'static str, what: String },
    /// All faults are over.
    Healed,
    /// The end: what should run and does not (or runs more than once), what is still open, and what
    /// stays open until a person brings back what is gone.
    Settled { after_ms: u64, missing: Vec<VmId>, open: Vec<String>, for_people: Vec<String> },
}

impl Fact {
    /// The kind, as in the timeline.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::VmStarted { .. } => "vm-start",
            Self::VmBooted { .. } => "vm-booted",
            Self::VmEnded { .. } => "vm-end",
            Self::HostBooted { .. } => "host-boot",
            Self::HostDown { .. } => "host-down",
            Self::HostIsolated { .. } => "isolation",
            Self::OrderRefused { .. } => "refused",
            Self::GuardianPromised { .. } => "guardian",
            Self::GuardianBroken { .. } => "broken",
            Self::Promised { .. } => "promise",
            Self::PromiseBroken { .. } => "broken",
            Self::StorageSide { .. } => "storage",
            Self::VolumeOpened { .. } => "volume",
            Self::ControllerStarted { .. } => "start",
            Self::ControllerKilled { .. } => "kill",
            Self::ControllerWoke { .. } => "woke",
            Self::ControllerStopped { .. } => "stopped",
            Self::ControllerFailed { .. } => "failed",
            Self::Leads { .. } => "leads",
            Self::Applied { .. } => "apply",
            Self::Root { .. } => "root",
            Self::Leaves { .. } => "leaves",
            Self::ProposalBegan { .. } => "propose",
            Self::Acknowledged { .. } => "ack",
            Self::ReadBegan { .. } => "read",
            Self::ReadEnded { .. } => "read-end",
            Self::StateAt { .. } => "state",
            Self::Called { .. } => "call",
            Self::EraFounded { .. } => "era",
            Self::LeftBehind { .. } => "left-behind",
            Self::Expected { .. } => "expected",
            Self::Fault { .. } => "fault",
            Self::Healed => "healed",
            Self::Settled { .. } => "settled",
        }
    }
}

/// The first bytes of a hash tell two trees apart for a reader.
fn short(root: &[u8; 32]) -> String {
    root.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::VmStarted { vm, host, token, key } => {
                write!(f, "{vm} on {host}")?;
                if let Some(token) = token {
                    write!(f, " under token {token}")?;
                }
                key.as_ref().map_or(Ok(()), |key| write!(f, " for {key}"))
            }
            Self::VmBooted { vm, host } => write!(f, "{vm} on {host}"),
            Self::VmEnded { vm, host, why } => write!(f, "{vm} on {host}: {why}"),
            Self::HostBooted { host, boot } => write!(f, "{host} as {boot}"),
            Self::HostDown { host, why } => write!(f, "{host}: {why}"),
            Self::HostIsolated { host, isolated: true } => write!(f, "{host} is cut off"),
            Self::HostIsolated { host, isolated: false } => write!(f, "{host} is back"),
            Self::OrderRefused { host, reason, .. } => write!(f, "by {host}: {reason}"),
            Self::GuardianPromised { by, to } => write!(f, "of {by} to {to}"),
            Self::GuardianBroken { node, left } => {
                write!(
                    f,
                    "{node} starts, which its guardian promised it would not for another {left}"
                )
            }
            Self::Promised { by, to } => write!(f, "by {by} to {to}"),
            Self::PromiseBroken { vm, host, left } => {
                write!(f, "{host} starts {vm}, which it promised not to for another {left}")
            }
            Self::StorageSide { layer, elected: Some(room) } => {
                write!(f, "{layer}: room {room} goes on alone")
            }
            Self::StorageSide { layer, elected: None } => write!(f, "{layer}: both sides serve"),
            Self::VolumeOpened { volume, vm, host, from, missing } => {
                write!(f, "{volume} for {vm} on {host} from {from}, lacks {missing}")
            }
            Self::ControllerStarted { node } => write!(f, "{node}"),
            Self::ControllerKilled { node, led } => {
                write!(f, "{node}{}", if *led { " while it led" } else { "" })
            }
            Self::ControllerWoke { node, deposed } => {
                write!(f, "{node}{}", if *deposed { ", another one leads" } else { "" })
            }
            Self::ControllerStopped { node, why } => write!(f, "{node}: {why}"),
            Self::ControllerFailed { node, why } => write!(f, "{node}: {why}"),
            Self::Leads { node, era: Era(0), term } => write!(f, "{node} in term {term}"),
            Self::Leads { node, era, term } => write!(f, "{node} in term {term} of era {}", era.0),
            Self::Applied { node, index, term, entry, applied, content, replayed } => {
                write!(f, "{node} {index} {content:016x} {} ", entry.command.name())?;
                f.write_str(&crate::command_words::words(&entry.command))?;
                if let Some(rejected) = &applied.rejected {
                    write!(f, "; REJECTED: {rejected}")?;
                }
                write!(f, " (term {term}{})", if *replayed { ", replayed" } else { "" })
            }
            Self::Root { node, index, root, .. } => write!(f, "{node} {index} {}", short(root)),
            Self::Leaves { node, index, stated, made } => {
                write!(f, "{node} {index} {} {}", short(stated), short(made))
            }
            Self::ProposalBegan { node, proposal } => write!(f, "{node} {proposal}"),
            Self::Acknowledged { node, index, command, .. } => {
                write!(f, "{node} {index} {command}")
            }
            Self::ReadBegan { node, read } => write!(f, "{node} {read}"),
            Self::ReadEnded { node, read, index: Some(index) } => {
                write!(f, "{node} {read} at {index}")
            }
            Self::ReadEnded { node, read, index: None } => write!(f, "{node} {read} refused"),
            Self::StateAt { node, index, hash, .. } => write!(f, "{node} {index} {hash:016x}"),
            Self::Called { node, call, .. } => write!(f, "{node} {}", call_words(call)),
            Self::EraFounded { node, era } => write!(f, "{node} founds era {}", era.0),
            Self::LeftBehind { node, why } => write!(f, "{node}: {why}"),
            Self::Expected { what, held, seen } => {
                write!(f, "{what}: {}", if *held { "so it is" } else { "NOT SO" })?;
                if seen.is_empty() { Ok(()) } else { write!(f, " ({seen})") }
            }
            Self::Fault { number, kind, what } => write!(f, "#{number} {kind} {what}"),
            Self::Healed => write!(f, "all faults are over"),
            Self::Settled { after_ms, missing, open, for_people } => {
                write!(f, "{after_ms} ms after the healing")?;
                if !missing.is_empty() {
                    write!(f, ", not running once: {}", names(missing))?;
                }
                if !open.is_empty() {
                    write!(f, ", open: {}", open.join("; "))?;
                }
                if !for_people.is_empty() {
                    write!(f, ", for people: {}", for_people.join("; "))?;
                }
                Ok(())
            }
        }
    }
}

fn names(vms: &[VmId]) -> String {
    vms.iter().map(VmId::as_str).collect::<Vec<_>>().join(", ")
}

fn call_words(call: &Call) -> String {
    match call {
        Call::StartVm { host, vm, token, .. } => format!("start {vm} on {host} at {token}"),
        Call::StartVmFromCopy { host, vm, room, token, .. } => {
            format!("start {vm} on {host} from the copies of {room} at {token}")
        }
        Call::StopVm { host, vm, token } => format!("stop {vm} on {host} at {token}"),
        Call::PowerOff { host } => format!("power off {host}"),
        Call::CutStorage { host, .. } => format!("cut {host} from storage"),
        Call::Withhold { by, host, .. } => format!("{by} withholds from {host}"),
        Call::Admit { host, token, .. } => format!("admit {host} at {token}"),
    }
}
