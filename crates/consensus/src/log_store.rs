//! openraft's log storage over [`Disk`].

use std::fmt::Debug;
use std::io;
use std::marker::PhantomData;
use std::ops::RangeBounds;
use std::sync::Arc;
use std::time::Duration;

use openraft::storage::{IOFlushed, RaftLogStorage};
use openraft::{LogState, OptionalSend, RaftLogReader};

use crate::disk::{Disk, StoreError};
use crate::runtime::Runtime;
use crate::types::{Config, LogEntry, LogId, Vote};
use model::seeded_bug::{SeededBug, seeded_bug};

/// The log of one node.
pub(crate) struct LogStore<RT> {
    disk: Arc<Disk>,
    runtime: PhantomData<fn() -> RT>,
}

impl<RT> Clone for LogStore<RT> {
    fn clone(&self) -> Self {
        Self { disk: Arc::clone(&self.disk), runtime: PhantomData }
    }
}

impl<RT: Runtime> LogStore<RT> {
    pub(crate) fn new(disk: Arc<Disk>) -> Self {
        Self { disk, runtime: PhantomData }
    }

    async fn work<T, F>(&self, work: F) -> io::Result<T>
    where
        F: FnOnce(&Disk) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let disk = Arc::clone(&self.disk);
        RT::blocking(move || work(&disk).map_err(StoreError::into_io)).await
    }
}

impl<RT: Runtime> RaftLogReader<Config<RT>> for LogStore<RT> {
    // Reads come from the cache as a rule; a trip to another thread would cost more than they do.
    async fn try_get_log_entries<RB>(&mut self, range: RB) -> io::Result<Vec<LogEntry>>
    where
        RB: RangeBounds<u64> + Clone + Debug + OptionalSend,
    {
        self.disk.log_entries(range).map_err(StoreError::into_io)
    }

    async fn read_vote(&mut self) -> io::Result<Option<Vote>> {
        self.disk.vote().map_err(StoreError::into_io)
    }
}

impl<RT: Runtime> RaftLogStorage<Config<RT>> for LogStore<RT> {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> io::Result<LogState<Config<RT>>> {
        let ends = self.disk.log_ends().map_err(StoreError::into_io)?;
        Ok(LogState { last_purged_log_id: ends.purged, last_log_id: ends.last })
    }

    async fn get_log_reader(&mut self) -> Self {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote) -> io::Result<()> {
        let vote = *vote;
        self.work(move |disk| disk.save_vote(&vote)).await
    }

    async fn save_committed(&mut self, committed: Option<LogId>) -> io::Result<()> {
        self.work(move |disk| disk.save_committed(&committed)).await
    }

    async fn read_committed(&mut self) -> io::Result<Option<LogId>> {
        if RT::forgets_committed() {
            return Ok(None);
        }
        self.disk.committed().map_err(StoreError::into_io)
    }

    async fn append<I>(&mut self, entries: I, callback: IOFlushed<Config<RT>>) -> io::Result<()>
    where
        I: IntoIterator<Item = LogEntry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let entries: Vec<LogEntry> = entries.into_iter().collect();
        // Reported only once it is on the disk: an earlier "yes" could make a quorum of entries
        // that a power cut then takes away. After an error openraft stops the node.
        self.work(move |disk| disk.append(&entries)).await?;
        callback.io_completed(Ok(()));
        // Seeded bug `ack-before-flush`: only now, and a little later, it goes to the disk.
        if seeded_bug(SeededBug::AckBeforeFlush) {
            let disk = Arc::clone(&self.disk);
            let _late = RT::spawn(async move {
                RT::sleep(Duration::from_millis(40)).await;
                let _ = disk.truncate_from(u64::MAX);
            });
        }
        Ok(())
    }

    async fn truncate_after(&mut self, last: Option<LogId>) -> io::Result<()> {
        let from = last.map_or(0, |last| last.index + 1);
        self.work(move |disk| disk.truncate_from(from)).await
    }

    async fn purge(&mut self, upto: LogId) -> io::Result<()> {
        self.work(move |disk| disk.purge(&upto)).await
    }
}
