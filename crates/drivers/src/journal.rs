//! A host's boot journal: what executed here, and when. JSON lines, written by the host alone.
//!
//! No controller writes it, so it can contradict them: the count of VMs that run, and of VMs that
//! run twice, is made from the journals of all hosts.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use model::era::Token;
use model::id::VmId;
use model::time::WallTime;
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// The host booted: nothing executes on it.
    Boot,
    /// A VM begins to execute.
    Start,
    /// Its guest has shown that it executes.
    Running,
    /// It no longer executes.
    Stop,
    /// The watchdog has reset the host: nothing executes on it.
    Watchdog,
}

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The host's wall clock.
    pub at_ms: WallTime,
    /// What happened.
    pub event: Event,
    /// To which VM, if to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vm: Option<VmId>,
    /// Under which token, if started by us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Token>,
    /// Under which step key (`era/run/step/item`), if started by us; the boot's id for a boot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// The wall clock, now.
pub fn wall_now() -> WallTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    WallTime(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// A journal open for appending.
#[derive(Debug)]
pub struct Journal {
    file: Mutex<File>,
    path: PathBuf,
}

impl Journal {
    /// Opens or creates the file, and its folder.
    pub fn open(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self { file: Mutex::new(file), path: path.to_owned() })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a line about a VM.
    pub fn vm(
        &self,
        event: Event,
        vm: &VmId,
        token: Option<Token>,
        key: Option<String>,
    ) -> io::Result<()> {
        self.append(&Line { at_ms: wall_now(), event, vm: Some(vm.clone()), token, key })
    }

    /// Appends a line about the whole host.
    pub fn host(&self, event: Event, key: Option<String>) -> io::Result<()> {
        self.append(&Line { at_ms: wall_now(), event, vm: None, token: None, key })
    }

    /// Appends a line. One write per line: a process that dies leaves no half of one.
    pub fn append(&self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(text.as_bytes())?;
        file.flush()
    }
}

/// Reads a journal. A last line that is torn (the host died while it wrote) is left out.
pub fn read(path: &Path) -> io::Result<Vec<Line>> {
    let text = std::fs::read_to_string(path)?;
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(|line| serde_json::from_str(line).map_err(io::Error::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_last_line_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host").join("journal.jsonl");
        let journal = Journal::open(&path).unwrap();
        journal.host(Event::Boot, Some("boot-1".into())).unwrap();
        journal.vm(Event::Start, &"v1".into(), Some(Token::default()), None).unwrap();
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"at_m").unwrap();
        let events: Vec<Event> = read(&path).unwrap().iter().map(|line| line.event).collect();
        assert_eq!(events, [Event::Boot, Event::Start]);
    }
}
