//! Leaves: one CloudEvents 1.0 event per committed entry, in canonical JSON (RFC 8785), on one
//! line. Every room makes the same bytes, because all of them come from the entry and from what
//! `apply` made of it.

use serde_json::{Value, json};

use model::era::Era;
use model::id::{ControllerId, PersonId};
use model::time::{LogTime, WallTime};

use crate::wall_label::rfc3339;

/// The kind of a leaf whose Raft entry is blank (a new leader's first).
pub const RAFT_BLANK: &str = "raft-blank";

/// The kind of a leaf whose Raft entry changes the membership.
pub const RAFT_MEMBERSHIP: &str = "raft-membership";

/// What every leaf's type begins with; the name of the command follows.
pub const TYPE_PREFIX: &str = "dev.bascule.log.";

/// What every leaf's source begins with; the name of the cluster follows.
pub const SOURCE_PREFIX: &str = "bascule/";

/// The largest integer that every JSON reader keeps exact (2^53 - 1).
const EXACT_MAX: u64 = (1 << 53) - 1;

/// What a leaf is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct LeafInput<'a> {
    /// The name of the cluster.
    pub cluster: &'a str,
    /// The era of the log.
    pub era: Era,
    /// The index of the entry in the Raft log.
    pub index: u64,
    /// The Raft term of the entry.
    pub term: u64,
    /// The name of the command, or [`RAFT_BLANK`] or [`RAFT_MEMBERSHIP`].
    pub kind: &'a str,
    /// Log time after the entry.
    pub at: LogTime,
    /// The leader's wall clock: a label. For Raft's own entries the last known one.
    pub wall: WallTime,
    /// The controller that stamped the entry; none for Raft's own entries.
    pub by: Option<ControllerId>,
    /// The person on whose behalf, if any.
    pub person: Option<&'a PersonId>,
    /// The command, as it stands in the log.
    pub command: Value,
    /// What `apply` made of it: why it was rejected, if so, and its effects.
    pub applied: Value,
}

/// The id of the leaf of this entry: `era/index`.
pub fn leaf_id(era: Era, index: u64) -> String {
    format!("{}/{index}", era.0)
}

/// Reads an id as [`leaf_id`] writes it.
pub fn parse_leaf_id(id: &str) -> Option<(Era, u64)> {
    let (era, index) = id.split_once('/')?;
    let parsed = (Era(era.parse().ok()?), index.parse().ok()?);
    // `+1` and `01` parse as numbers but are other bytes.
    (leaf_id(parsed.0, parsed.1) == id).then_some(parsed)
}

/// The bytes of the leaf: one line, without the line feed that ends it in files.
pub fn leaf_bytes(input: LeafInput<'_>) -> Vec<u8> {
    let mut event = json!({
        "specversion": "1.0",
        "id": leaf_id(input.era, input.index),
        "source": format!("{SOURCE_PREFIX}{}", input.cluster),
        "type": format!("{TYPE_PREFIX}{}", input.kind),
        "time": rfc3339(input.wall),
        "datacontenttype": "application/json",
        "data": {
            "at_ms": input.at.0,
            "wall_ms": input.wall.0,
            "term": input.term,
            "by": input.by.map(|by| by.0),
            "person": input.person.map(PersonId::as_str),
            "command": input.command,
            "applied": input.applied,
        },
    });
    keep_integers_exact(&mut event);
    canonical(&event)
}

/// The canonical form (RFC 8785) of a JSON value.
pub(crate) fn canonical(value: &Value) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(value)
        .expect("a JSON value has only finite numbers and text keys, so it always has this form")
}

// Canonical JSON writes every number as a double, which rounds integers of 2^53 and above. A log
// must not round: such integers become decimal strings, as RFC 8785 advises.
fn keep_integers_exact(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let text = match (number.as_u64(), number.as_i64()) {
                (Some(whole), _) if whole > EXACT_MAX => whole.to_string(),
                (None, Some(whole)) if whole.unsigned_abs() > EXACT_MAX => whole.to_string(),
                _ => return,
            };
            *value = Value::String(text);
        }
        Value::Array(items) => items.iter_mut().for_each(keep_integers_exact),
        Value::Object(fields) => fields.values_mut().for_each(keep_integers_exact),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use expect_test::expect;

    use super::*;

    fn input<'a>() -> LeafInput<'a> {
        LeafInput {
            cluster: "clinic",
            era: Era(0),
            index: 17,
            term: 3,
            kind: "step-started",
            at: LogTime(4_250),
            wall: WallTime(1_700_000_000_123),
            by: Some(ControllerId(2)),
            person: None,
            command: json!({"command": "step-started", "attempt": 1, "text": "é\n\""}),
            applied: json!({"rejected": null, "effects": []}),
        }
    }

    #[test]
    fn a_leaf_is_one_canonical_cloud_event_line() {
        let leaf = leaf_bytes(input());
        assert!(!leaf.contains(&b'\n'));
        expect![[r#"{"data":{"applied":{"effects":[],"rejected":null},"at_ms":4250,"by":2,"command":{"attempt":1,"command":"step-started","text":"é\n\""},"person":null,"term":3,"wall_ms":1700000000123},"datacontenttype":"application/json","id":"0/17","source":"bascule/clinic","specversion":"1.0","time":"2023-11-14T22:13:20.123Z","type":"dev.bascule.log.step-started"}"#]]
        .assert_eq(std::str::from_utf8(&leaf).unwrap());
        let read: Value = serde_json::from_slice(&leaf).unwrap();
        assert_eq!(canonical(&read), leaf);
    }

    #[test]
    fn integers_that_a_double_would_round_become_text() {
        let mut big = input();
        big.command = json!({"a": u64::MAX, "b": [i64::MIN], "c": EXACT_MAX, "d": 1.5});
        big.wall = WallTime(u64::MAX);
        let leaf: Value = serde_json::from_slice(&leaf_bytes(big)).unwrap();
        assert_eq!(
            leaf["data"]["command"],
            json!({"a": "18446744073709551615", "b": ["-9223372036854775808"],
                   "c": 9_007_199_254_740_991_u64, "d": 1.5})
        );
        assert_eq!(leaf["data"]["wall_ms"], "18446744073709551615");
    }

    #[test]
    fn a_leaf_id_has_one_spelling() {
        assert_eq!(parse_leaf_id("2/17"), Some((Era(2), 17)));
        for wrong in ["", "2", "2/", "/17", "2/+17", "2/017", "2/17 ", "2/17/1"] {
            assert_eq!(parse_leaf_id(wrong), None, "{wrong}");
        }
    }
}
