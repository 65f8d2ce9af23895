//! The audit log as the controllers serve it.

use serde::Deserialize;
use serde_json::Value;
use state_machine::Command;

/// An entry that was applied and not rejected.
#[derive(Clone, Debug)]
pub(super) struct Logged {
    pub(super) index: u64,
    /// The leader's wall clock; everything in a lab shares one.
    pub(super) wall_ms: u64,
    pub(super) command: Command,
}

/// The log so far: the leaves as they are, and what could be read of them.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) leaves: Vec<Vec<u8>>,
    pub(super) entries: Vec<Logged>,
}

#[derive(Deserialize)]
struct Leaf {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    wall_ms: u64,
    command: Value,
    #[serde(default)]
    applied: Applied,
}

#[derive(Default, Deserialize)]
struct Applied {
    #[serde(default)]
    rejected: Option<Value>,
}

impl Log {
    /// Adds the next leaf; one that is not the next is passed over.
    pub(super) fn add(&mut self, index: u64, bytes: Vec<u8>) {
        if index != self.leaves.len() as u64 {
            return;
        }
        self.entries.extend(read(index, &bytes));
        self.leaves.push(bytes);
    }

    /// Entries stamped at or after this moment.
    pub(super) fn since(&self, after_ms: u64) -> impl Iterator<Item = &Logged> {
        self.entries.iter().filter(move |entry| entry.wall_ms >= after_ms)
    }

    /// Whether a run began after this moment, and every one that did has ended.
    pub(super) fn runs_are_over(&self, after_ms: u64) -> bool {
        let began = |e: &&Logged| matches!(e.command, Command::RunStarted { .. });
        let ended = |e: &&Logged| matches!(e.command, Command::RunEnded { .. });
        let began: Vec<u64> = self.since(after_ms).filter(began).map(|e| e.index).collect();
        !began.is_empty() && self.since(after_ms).filter(ended).count() >= began.len()
    }
}

/// None for Raft's own entries and for what was rejected.
fn read(index: u64, bytes: &[u8]) -> Option<Logged> {
    let leaf: Leaf = serde_json::from_slice(bytes).ok()?;
    if leaf.data.applied.rejected.is_some() {
        return None;
    }
    let command = serde_json::from_value(leaf.data.command).ok()?;
    Some(Logged { index, wall_ms: leaf.data.wall_ms, command })
}
