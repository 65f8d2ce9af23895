//! Changes that somebody thinks of, in a small grammar, and the situation as it would be.

mod applied;
mod read;

use model::id::{ArrayId, ControllerId, HostId, LinkId, RoomId, ServiceId, VmId};
use model::units::{CpuCount, MemoryMib, Span};

/// What can be written. A word in capitals stands for a name or a figure; what is in brackets may
/// be left out.
pub const GRAMMAR: &str = "\
room ROOM gone
host HOST gone
array ARRAY gone
link LINK gone
controller NUMBER gone
vm VM gone
vm VM added with N cpus MEMORY [like VM] [of SERVICE] [on HOST]
vm VM with N cpus MEMORY
vm VM on HOST
host HOST added in ROOM with N cpus MEMORY [like HOST]
host HOST with N cpus MEMORY
service SERVICE within DURATION";

/// How large something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Cores of a host, virtual processors of a VM.
    pub cpus: CpuCount,
    /// Memory.
    pub memory: MemoryMib,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A room is gone, and what ran there has been restarted as its runbook says.
    RoomGone(RoomId),
    /// A host is gone, likewise.
    HostGone(HostId),
    /// An array is gone.
    ArrayGone(ArrayId),
    /// A link is gone.
    LinkGone(LinkId),
    /// A controller is gone.
    ControllerGone(ControllerId),
    /// A VM is no longer there.
    VmGone(VmId),
    /// A VM is added.
    VmAdded {
        /// Its name.
        vm: VmId,
        /// How large.
        size: Size,
        /// Networks, volumes, devices, boot time and service as this VM's; without one and without
        /// a service it needs none of them and counts as least important.
        like: Option<VmId>,
        /// Part of this service, and otherwise like its first VM.
        service: Option<ServiceId>,
        /// Where it runs; without one, on the production host with most memory left that reaches
        /// what it needs.
        home: Option<HostId>,
    },
    /// A VM has another size.
    VmSized(VmId, Size),
    /// A VM runs elsewhere.
    VmMoved(VmId, HostId),
    /// A host is added.
    HostAdded {
        /// Its name.
        host: HostId,
        /// Where it stands.
        room: RoomId,
        /// How large.
        size: Size,
        /// All else as this host's; without one, as the first host's of the room.
        like: Option<HostId>,
    },
    /// A host has another size.
    HostSized(HostId, Size),
    /// A service has another objective.
    ServiceWithin(ServiceId, Span),
}

/// Why a change can't be thought of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// The words say nothing.
    #[error("`{text}` is not a change: {expected}; what can be written:\n{GRAMMAR}")]
    NotUnderstood {
        /// The words.
        text: String,
        /// What should stand where they stop making sense.
        expected: String,
    },
    /// There is no such thing.
    #[error("there is no {kind} `{id}` in the estate; write its name as in the estate")]
    NoSuch {
        /// What kind of thing.
        kind: &'static str,
        /// Its name.
        id: String,
    },
    /// It is there already.
    #[error(
        "the estate has a {kind} `{id}` already; write another name, or `{kind} {id} with …` to change it"
    )]
    IsThere {
        /// What kind of thing.
        kind: &'static str,
        /// Its name.
        id: String,
    },
    /// Nothing to copy from.
    #[error(
        "nothing says what {what} reaches: no other one is there to copy from; add `like NAME`"
    )]
    LikeNothing {
        /// The new thing.
        what: String,
    },
}
