//! Calls to drivers and their answers, as data.

use serde::{Deserialize, Serialize};

use crate::era::Token;
use crate::estate::Vm;
use crate::id::{ArrayId, HostId, RoomId, VmId};
use crate::step::Order;
use crate::units::Span;

/// A call that the leader makes to the outside. Everything in it comes from committed entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "kebab-case")]
pub enum Call {
    /// Order a host's agent to start a VM.
    StartVm {
        /// Where.
        host: HostId,
        /// Which.
        vm: VmId,
        /// Its definition.
        definition: Box<Vm>,
        /// Under which token.
        token: Token,
        /// For which attempt of which item.
        order: Order,
    },
    /// Open the copies of a VM's volumes in the host's room, then order the host's agent to start
    /// it from them.
    StartVmFromCopy {
        /// Where.
        host: HostId,
        /// Which.
        vm: VmId,
        /// Its definition.
        definition: Box<Vm>,
        /// The room whose copies are opened.
        room: RoomId,
        /// Under which token.
        token: Token,
        /// For which attempt of which item.
        order: Order,
    },
    /// Order a host's agent to stop a VM and to refuse older tokens for it.
    StopVm {
        /// Where.
        host: HostId,
        /// Which.
        vm: VmId,
        /// Below which it refuses from now on.
        token: Token,
    },
    /// Power rung: off, then read back twice.
    PowerOff {
        /// Which host.
        host: HostId,
    },
    /// Storage rung: unmap on these arrays, close the way in at these rooms, read both back.
    CutStorage {
        /// Which host.
        host: HostId,
        /// Every array that could still serve it.
        arrays: Vec<ArrayId>,
        /// The surviving rooms whose switch must close.
        close_at: Vec<RoomId>,
    },
    /// Lease rung: one agent withholds.
    Withhold {
        /// Which agent.
        by: HostId,
        /// From which host.
        host: HostId,
        /// The fence order's token.
        token: Token,
    },
    /// Admission: the agent accepts the token, and refuses everything older for every VM.
    Admit {
        /// Which host.
        host: HostId,
        /// The token below which it refuses.
        token: Token,
        /// Arrays that map it again.
        arrays: Vec<ArrayId>,
        /// Rooms whose switch opens again.
        open_at: Vec<RoomId>,
    },
}

/// What a call brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    /// The order was accepted.
    Accepted,
    /// Power was read as off.
    PoweredOff {
        /// How many times in a row.
        reads: u32,
        /// Between the first and the last read.
        apart: Span,
        /// The device's words.
        says: String,
    },
    /// Unmapped and closed, both read back.
    StorageCut {
        /// Where it was read back as unmapped.
        unmapped_on: Vec<ArrayId>,
        /// Where it was read back as closed.
        closed_at: Vec<RoomId>,
    },
    /// The agent withholds.
    Withholds {
        /// How long its last promise still lasts.
        promise_ends_in: Span,
    },
    /// The agent is sealed.
    Admitted {
        /// Its boot.
        boot: String,
    },
}
