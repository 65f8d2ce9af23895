use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use drivers::journal::{self, Line};
use model::id::HostId;

use super::intervals::{Event, Interval, Kill, What, intervals};

/// Why the journals can't be counted.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A file can't be read, or a whole line of it is damaged.
    #[error("the journal {} cannot be read, so nothing can be counted", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// The journal of a host in this folder.
pub fn host_file(folder: &Path, host: &HostId) -> PathBuf {
    folder.join(format!("host-{host}.jsonl"))
}

/// Reads the journals of these hosts and every file of stamps, and makes intervals of them.
pub fn read(
    folder: &Path,
    hosts: &BTreeSet<HostId>,
    stamps: &[String],
) -> Result<Vec<Interval>, JournalError> {
    let mut events = Vec::new();
    for host in hosts {
        let path = host_file(folder, host);
        let lines = match journal::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read.map_err(|source| JournalError::Read { path, source })?,
        };
        events.extend(lines.into_iter().filter_map(|line| event(host, line)));
    }
    let mut kills = Vec::new();
    for name in stamps {
        kills.extend(read_stamps(&folder.join(name))?);
    }
    Ok(intervals(&events, &kills))
}

fn read_stamps(path: &Path) -> Result<Vec<Kill>, JournalError> {
    let damaged = |source| JournalError::Read { path: path.to_owned(), source };
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(damaged(error)),
        Ok(text) => text
            .lines()
            .map(|line| serde_json::from_str(line).map_err(|e| damaged(e.into())))
            .collect(),
    }
}

fn event(host: &HostId, line: Line) -> Option<Event> {
    let what = match (line.event, line.vm) {
        (journal::Event::Start, Some(vm)) => What::Started(vm),
        (journal::Event::Running, Some(vm)) => What::Booted(vm),
        (journal::Event::Stop, Some(vm)) => What::Stopped(vm),
        (journal::Event::Watchdog, _) => What::WatchdogReset,
        (journal::Event::Boot, _) => What::HostBooted,
        // A VM's line without a VM says nothing of any VM.
        (_, None) => return None,
    };
    Some(Event { at_ms: line.at_ms.0, host: host.clone(), what })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use drivers::journal::Journal;

    use super::*;
    use crate::journal::Count;
    use crate::twin_room::{KILLS_FILE, PowerJournal};

    #[test]
    fn journals_written_by_hosts_are_counted_and_a_seeded_double_start_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let hosts: BTreeSet<HostId> = ["a1".into(), "b1".into(), "b2".into()].into();
        let journal = |host: &str| Journal::open(&host_file(folder.path(), &host.into())).unwrap();
        let start = |host: &str, vm: &str| {
            journal(host).vm(journal::Event::Start, &vm.into(), None, None).unwrap();
        };
        start("a1", "v");
        start("b1", "w");
        PowerJournal::new(folder.path(), KILLS_FILE).stamp(["a1".into()]).unwrap();
        start("b1", "v");
        let count = || read(folder.path(), &hosts, &[KILLS_FILE.to_owned()]).unwrap();
        assert_eq!(Count(&count()).running().len(), 2);
        assert!(Count(&count()).double_starts().is_empty());
        start("b2", "v");
        assert_eq!(Count(&count()).double_starts().len(), 1);
    }
}
