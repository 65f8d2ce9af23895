use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use drivers::journal::wall_now;
use model::id::{HostId, RoomId};

use crate::journal::Kill;

/// Where the demonstration stamps what it kills.
pub const KILLS_FILE: &str = "kills.jsonl";

/// Where a room stamps the hosts whose power it cut.
pub fn power_file(room: &RoomId) -> String {
    format!("power-{room}.jsonl")
}

/// Stamps of hosts that lost their power: a host without power writes no line of its own.
#[derive(Clone, Debug)]
pub struct PowerJournal {
    path: PathBuf,
}

impl PowerJournal {
    /// In this folder, under this name.
    pub fn new(folder: &Path, file: &str) -> Self {
        Self { path: folder.join(file) }
    }

    /// Stamps the moment: called once nothing executes on these hosts any more.
    pub fn stamp(&self, hosts: impl IntoIterator<Item = HostId>) -> io::Result<Kill> {
        let kill = Kill { at_ms: wall_now().0, hosts: hosts.into_iter().collect() };
        let mut line = serde_json::to_string(&kill)?;
        line.push('\n');
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.path)?
            .write_all(line.as_bytes())?;
        Ok(kill)
    }
}
