//! One leaf per committed entry: the same bytes in every room.

use audit::leaf::{LeafInput, RAFT_BLANK, RAFT_MEMBERSHIP, leaf_bytes};
use serde_json::Value;

use state_machine::{Applied, State};

use crate::disk::StoreError;
use crate::types::{LogEntry, Payload};

fn to_value<T: serde::Serialize>(index: u64, value: &T) -> Result<Value, StoreError> {
    serde_json::to_value(value).map_err(|source| StoreError::Encode {
        what: "a leaf",
        index,
        source,
    })
}

/// The leaf of an entry, after `apply` has made `applied` and `state` of it. Blank and membership
/// entries are leaves too: they carry the last known times and move none.
pub(crate) fn of_entry(
    cluster: &str,
    entry: &LogEntry,
    applied: &Applied,
    state: &State,
) -> Result<Vec<u8>, StoreError> {
    let index = entry.log_id.index;
    let (kind, by, person, wall, command) = match &entry.payload {
        Payload::Blank => (RAFT_BLANK, None, None, state.wall, Value::Null),
        Payload::Membership(membership) => {
            (RAFT_MEMBERSHIP, None, None, state.wall, to_value(index, membership)?)
        }
        Payload::Normal(proposal) => {
            let entry = &proposal.0;
            let command = to_value(index, &entry.command)?;
            (entry.command.name(), Some(entry.by), entry.person.as_ref(), entry.wall, command)
        }
    };
    Ok(leaf_bytes(LeafInput {
        cluster,
        era: state.era,
        index,
        term: entry.log_id.leader_id.term,
        kind,
        at: state.log_time,
        wall,
        by,
        person,
        command,
        applied: to_value(index, applied)?,
    }))
}
