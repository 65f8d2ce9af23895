//! A leaf in one row, for lists of what the log holds.

use serde::{Deserialize, Serialize};

use model::era::Era;
use model::time::LogTime;

use crate::leaf_view::LeafView;

/// What a list shows of a leaf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeafSummary {
    /// The era.
    pub era: Era,
    /// The index in the Raft log.
    pub index: u64,
    /// The name of the command, or of Raft's own kind of entry.
    pub kind: String,
    /// Log time.
    pub at: LogTime,
    /// The leader's wall clock: a label.
    pub wall: String,
    /// The controller that stamped it, by number; none for Raft's own entries.
    pub by: Option<u64>,
    /// The person on whose behalf, if any.
    pub person: Option<String>,
    /// Why it changed nothing, if the state machine rejected it.
    pub rejected: Option<String>,
}

impl LeafSummary {
    /// Reads a leaf; none if these bytes are no leaf.
    pub fn read(leaf: &[u8]) -> Option<Self> {
        let view = LeafView::read(leaf)?;
        let rejected = view.rejection_words();
        Some(Self {
            era: view.era,
            index: view.index,
            kind: view.kind,
            at: LogTime(view.data.at_ms),
            wall: view.time,
            by: view.data.by,
            person: view.data.person,
            rejected,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use model::id::{ControllerId, PersonId};
    use model::time::WallTime;
    use serde_json::json;

    use super::*;
    use crate::leaf::{LeafInput, leaf_bytes};

    #[test]
    fn a_leaf_has_a_row_and_other_bytes_have_none() {
        let person = PersonId::from("dana");
        let leaf = leaf_bytes(LeafInput {
            cluster: "clinic",
            era: Era(1),
            index: 9,
            term: 2,
            kind: "paused",
            at: LogTime(1500),
            wall: WallTime(0),
            by: Some(ControllerId(3)),
            person: Some(&person),
            command: json!({"command": "paused"}),
            applied: json!({"rejected": {"rejection": "no-end", "longest": "24h"}}),
        });
        let summary = LeafSummary::read(&leaf).unwrap();
        assert_eq!((summary.era, summary.index, summary.kind.as_str()), (Era(1), 9, "paused"));
        assert_eq!((summary.at, summary.by), (LogTime(1500), Some(3)));
        assert_eq!(summary.person.as_deref(), Some("dana"));
        assert_eq!(summary.rejected.as_deref(), Some("no-end (longest 24h)"));
        for other in [&b""[..], b"{}", b"\xff", &leaf[1..]] {
            assert_eq!(LeafSummary::read(other), None);
        }
    }
}
