//! The types with which openraft is configured. They do not depend on the runtime, only
//! [`Config`] does, so the store is written once for both.

use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use openraft::impls::{BoxedErrorSource, InlineBatch, ProgressResponder, leader_id_std};
use openraft::vote::RaftLeaderId;
use openraft::{OptionalSend, RaftTypeConfig};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use model::id::RoomId;
use state_machine::{Applied, Entry};

use crate::runtime::Runtime;

/// At most one leader per term: with openraft's other kind, one term can see several, and "which
/// leader wrote this" would no longer follow from the term that a leaf names.
pub(crate) type LeaderId = leader_id_std::LeaderId<u64, u64>;
pub(crate) type CommittedLeaderId = <LeaderId as RaftLeaderId>::Committed;
pub(crate) type LogId = openraft::LogId<CommittedLeaderId>;
pub(crate) type Vote = openraft::Vote<LeaderId>;
pub(crate) type Payload = openraft::EntryPayload<Proposal, u64, Peer>;
pub(crate) type LogEntry = openraft::Entry<CommittedLeaderId, Payload>;
pub(crate) type StoredMembership = openraft::StoredMembership<CommittedLeaderId, u64, Peer>;
pub(crate) type SnapshotMeta = openraft::SnapshotMeta<CommittedLeaderId, u64, Peer>;
pub(crate) type Snapshot = openraft::Snapshot<CommittedLeaderId, u64, Peer, Vec<u8>>;

/// openraft's type configuration over a runtime.
pub(crate) struct Config<RT>(PhantomData<fn() -> RT>);

impl<RT> fmt::Debug for Config<RT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Config")
    }
}

impl<RT> Clone for Config<RT> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<RT> Copy for Config<RT> {}

impl<RT> Default for Config<RT> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<RT> PartialEq for Config<RT> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<RT> Eq for Config<RT> {}

impl<RT> PartialOrd for Config<RT> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<RT> Ord for Config<RT> {
    fn cmp(&self, _: &Self) -> Ordering {
        Ordering::Equal
    }
}

impl<RT: Runtime> RaftTypeConfig for Config<RT> {
    type D = Proposal;
    type R = Reply;
    type NodeId = u64;
    type Node = Peer;
    type Term = u64;
    type LeaderId = LeaderId;
    type Vote = Vote;
    type Payload = Payload;
    type Entry = LogEntry;
    type AsyncRuntime = RT;
    type Responder<T>
        = ProgressResponder<Self, T>
    where
        T: OptionalSend + 'static;
    type Batch<T>
        = InlineBatch<T>
    where
        T: OptionalSend + 'static;
    type ErrorSource = BoxedErrorSource;
}

/// A member's place: its room and where it listens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// Its room; at most one voter a room.
    pub room: RoomId,
    /// Where it listens, as the transport understands it.
    pub address: String,
}

/// What the log carries. Shared, because openraft hands an entry to the store, to each
/// replication stream and to the state, and an estate is large.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proposal(pub(crate) Arc<Entry>);

impl fmt::Display for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.command.name())
    }
}

impl Serialize for Proposal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Proposal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Entry::deserialize(deserializer).map(|entry| Self(Arc::new(entry)))
    }
}

/// What the proposer is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reply {
    pub(crate) index: u64,
    pub(crate) applied: Applied,
}
