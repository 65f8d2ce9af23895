//! A tolerant view of a leaf, for readers: it takes what it knows and ignores the rest, so that
//! an old log stays readable and a new field breaks nothing.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::leaf::{SOURCE_PREFIX, TYPE_PREFIX, parse_leaf_id};
use model::era::Era;

/// What a reader sees of a leaf.
#[derive(Clone, Debug)]
pub(crate) struct LeafView {
    pub(crate) era: Era,
    pub(crate) index: u64,
    pub(crate) kind: String,
    pub(crate) cluster: String,
    pub(crate) time: String,
    pub(crate) data: Data,
}

/// The payload.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Data {
    pub(crate) at_ms: u64,
    pub(crate) by: Option<u64>,
    pub(crate) person: Option<String>,
    pub(crate) command: Value,
    pub(crate) applied: AppliedView,
}

/// What `apply` made of the entry.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AppliedView {
    pub(crate) rejected: Option<Value>,
}

#[derive(Deserialize)]
struct Event {
    specversion: String,
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    time: String,
    data: Value,
}

impl LeafView {
    /// Reads a leaf; none if it is no event of this log.
    pub(crate) fn read(leaf: &[u8]) -> Option<Self> {
        let event: Event = serde_json::from_slice(leaf).ok()?;
        let (era, index) = parse_leaf_id(&event.id)?;
        if event.specversion != "1.0" {
            return None;
        }
        Some(Self {
            era,
            index,
            kind: event.kind.strip_prefix(TYPE_PREFIX)?.to_owned(),
            cluster: event.source.strip_prefix(SOURCE_PREFIX)?.to_owned(),
            time: event.time,
            data: serde_json::from_value(event.data).ok()?,
        })
    }

    /// A field of the command, if it is there and of this form.
    pub(crate) fn field<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        T::deserialize(self.data.command.get(name)?).ok()
    }

    /// The run that the command belongs to: named by itself or by its step's key.
    pub(crate) fn run(&self) -> Option<u64> {
        let command = &self.data.command;
        command.get("run").or_else(|| command.get("key")?.get("run"))?.as_u64()
    }

    /// Whether `apply` said no.
    pub(crate) fn is_rejected(&self) -> bool {
        self.data.applied.rejected.is_some()
    }

    /// The kind of the rejection and its details, as the log has them.
    pub(crate) fn rejection_words(&self) -> Option<String> {
        let rejected = self.data.applied.rejected.as_ref()?;
        let Some(fields) = rejected.as_object() else { return Some(plain(rejected)) };
        let kind = fields.get("rejection").map(plain).unwrap_or_default();
        let details: Vec<String> = fields
            .iter()
            .filter(|(name, _)| *name != "rejection")
            .map(|(name, value)| format!("{name} {}", plain(value)))
            .collect();
        Some(if details.is_empty() { kind } else { format!("{kind} ({})", details.join(", ")) })
    }
}

/// Text as it is, everything else as JSON.
pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
