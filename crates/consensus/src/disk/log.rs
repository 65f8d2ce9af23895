//! The Raft log, the vote, and what is committed.

use std::fmt::Debug;
use std::ops::{Bound, RangeBounds};

use redb::{Durability, ReadableTable};

use model::seeded_bug::{SeededBug, seeded_bug};

use super::error::StoreError;
use super::{
    APPLIED, AppliedRecord, COMMITTED, Disk, LOG, LOG_TABLE, PURGED, REACHED, STATE_TABLE, VOTE,
    cell, get_meta, put_meta, read_meta, saved,
};
use crate::types::{LogEntry, LogId, Vote};

/// Where the log begins and ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LogEnds {
    pub(crate) purged: Option<LogId>,
    pub(crate) last: Option<LogId>,
}

impl Disk {
    pub(crate) fn vote(&self) -> Result<Option<Vote>, StoreError> {
        self.read_meta(VOTE)
    }

    pub(crate) fn save_vote(&self, vote: &Vote) -> Result<(), StoreError> {
        // Seeded bug `vote-not-persisted`: written some day, with whatever is written next.
        let durability = match seeded_bug(SeededBug::VoteNotPersisted) {
            true => Durability::None,
            false => Durability::Immediate,
        };
        self.write_meta("saving the vote", durability, VOTE, vote)?;
        // What the seeded bug may forget is told nobody, or the check for old images would stop the
        // controller before the harm is done.
        if !seeded_bug(SeededBug::VoteNotPersisted) {
            self.has_voted(vote);
        }
        Ok(())
    }

    pub(crate) fn committed(&self) -> Result<Option<LogId>, StoreError> {
        let saved: Option<LogId> = self.read_meta(COMMITTED)?.flatten();
        // Seeded bug `leader-restored`: what is committed is forgotten.
        if seeded_bug(SeededBug::LeaderRestored) {
            return Ok(None);
        }
        if !self.rules_enforced() {
            return Ok(saved);
        }
        // What is applied is committed, whatever was saved about it.
        Ok(saved.max(self.applied()?.last))
    }

    /// Saves what is committed. A restarted node applies up to it again before it answers any
    /// read, so that it never serves a state older than one it has already shown.
    ///
    /// It needs no sync of its own: openraft saves it and then applies, and the transaction that
    /// applies is synced, carries this with it, and comes before anybody is answered.
    pub(crate) fn save_committed(&self, committed: &Option<LogId>) -> Result<(), StoreError> {
        // Seeded bug `leader-restored`: what is committed is forgotten.
        if seeded_bug(SeededBug::LeaderRestored) {
            return Ok(());
        }
        self.write_meta("saving what is committed", Durability::None, COMMITTED, committed)
    }

    pub(crate) fn log_ends(&self) -> Result<LogEnds, StoreError> {
        self.read("reading the log's ends", |transaction| {
            let purged: Option<LogId> = read_meta(transaction, PURGED)?;
            let table = transaction.open_table(LOG_TABLE).map_err(StoreError::io("reading"))?;
            let last = match table.last().map_err(StoreError::io("reading"))? {
                Some((index, entry)) => {
                    let index = index.value();
                    Some(cell::unseal_json::<LogEntry>(LOG, &index, entry.value())?.log_id)
                }
                None => purged,
            };
            Ok(LogEnds { purged, last })
        })
    }

    pub(crate) fn log_entries<R>(&self, range: R) -> Result<Vec<LogEntry>, StoreError>
    where
        R: RangeBounds<u64> + Clone + Debug,
    {
        if is_empty(&range) {
            return Ok(Vec::new());
        }
        self.read("reading the log", |transaction| {
            let table = transaction.open_table(LOG_TABLE).map_err(StoreError::io("reading"))?;
            let mut entries = Vec::new();
            for item in table.range(range).map_err(StoreError::io("reading"))? {
                let (index, entry) = item.map_err(StoreError::io("reading"))?;
                entries.push(cell::unseal_json(LOG, &index.value(), entry.value())?);
            }
            Ok(entries)
        })
    }

    /// Appends; durable when it returns.
    pub(crate) fn append(&self, entries: &[LogEntry]) -> Result<(), StoreError> {
        // Seeded bug `ack-before-flush`: without waiting for the disk.
        let durability = match seeded_bug(SeededBug::AckBeforeFlush) {
            true => Durability::None,
            false => Durability::Immediate,
        };
        self.write("appending to the log", durability, |transaction| {
            let mut table = transaction.open_table(LOG_TABLE).map_err(StoreError::io("writing"))?;
            for entry in entries {
                let index = entry.log_id.index;
                let cell = cell::seal_json(LOG, &index, entry)?;
                table.insert(index, cell.as_slice()).map_err(StoreError::io("writing"))?;
            }
            Ok(())
        })?;
        if !seeded_bug(SeededBug::AckBeforeFlush) {
            self.has_reached(entries.last().map(|last| last.log_id));
        }
        Ok(())
    }

    /// Takes back entries from an index on: they were never committed.
    pub(crate) fn truncate_from(&self, from: u64) -> Result<(), StoreError> {
        let enforced = self.rules_enforced();
        self.write("truncating the log", Durability::Immediate, |transaction| {
            let applied: Option<AppliedRecord> = get_meta(transaction, APPLIED)?;
            if let Some(last) = applied.and_then(|applied| applied.last)
                && enforced
                && from <= last.index
            {
                return Err(StoreError::TruncateApplied { from, applied: last.index });
            }
            // The log may end earlier from here on: how far it once came is kept apart.
            put_meta(transaction, REACHED, &self.standing().reached)?;
            let mut table = transaction.open_table(LOG_TABLE).map_err(StoreError::io("writing"))?;
            table.retain_in(from.., |_, _| false).map_err(StoreError::io("writing"))?;
            Ok(())
        })
    }

    /// Drops entries up to and including an id. Never beyond the saved state, and so never beyond
    /// the leaves: the log is what they are made from again.
    pub(crate) fn purge(&self, upto: &LogId) -> Result<(), StoreError> {
        let enforced = self.rules_enforced();
        self.write("purging the log", Durability::Immediate, |transaction| {
            if enforced {
                let states =
                    transaction.open_table(STATE_TABLE).map_err(StoreError::io("reading"))?;
                let saved = saved::saved_index(&states)?;
                if saved.is_none_or(|saved| upto.index > saved) {
                    return Err(StoreError::PurgeBeyondState { upto: upto.index, saved });
                }
            }
            let mut table = transaction.open_table(LOG_TABLE).map_err(StoreError::io("writing"))?;
            table.retain_in(..=upto.index, |_, _| false).map_err(StoreError::io("writing"))?;
            put_meta(transaction, PURGED, upto)
        })
    }
}

// redb panics on a range whose start lies behind its end.
fn is_empty<R: RangeBounds<u64>>(range: &R) -> bool {
    let start = match range.start_bound() {
        Bound::Included(start) => *start,
        Bound::Excluded(start) => start.saturating_add(1),
        Bound::Unbounded => 0,
    };
    match range.end_bound() {
        Bound::Included(end) => start > *end,
        Bound::Excluded(end) => start >= *end,
        Bound::Unbounded => false,
    }
}
