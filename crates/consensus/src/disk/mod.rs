//! One controller's file: the Raft log, the vote, what is committed, the leaves, the saved state.
//!
//! Everything that must hold together is written in one transaction. Any error makes the store
//! refuse all further work: after a failed write nobody knows what is on the disk.

mod applied;
mod cell;
mod era;
mod error;
mod identity;
mod log;
mod open;
mod saved;
mod sealed_header;
mod standing;

use std::sync::{Mutex, PoisonError, RwLock};

use redb::{
    Database, Durability, ReadTransaction, ReadableDatabase, TableDefinition, WriteTransaction,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use applied::{AppliedRecord, Filled, Gap};
pub use era::{Founding, Survey};
pub use error::StoreError;
pub(crate) use error::chain;
pub use identity::Identity;
pub use open::Store;
pub(crate) use saved::Saved;

use model::standing::Standing;

/// Sealed cells by index or by name.
type ByIndex = TableDefinition<'static, u64, &'static [u8]>;
type ByName = TableDefinition<'static, &'static str, &'static [u8]>;

const LOG: &str = "log";
const LEAVES: &str = "leaves";
const META: &str = "meta";
const STATE: &str = "state";
const LOG_TABLE: ByIndex = TableDefinition::new(LOG);
const LEAVES_TABLE: ByIndex = TableDefinition::new(LEAVES);
const META_TABLE: ByName = TableDefinition::new(META);
const STATE_TABLE: ByName = TableDefinition::new(STATE);

/// The vote: durable before it is answered.
const VOTE: &str = "vote";
/// The last committed log id.
const COMMITTED: &str = "committed";
/// The last purged log id.
const PURGED: &str = "purged";
/// The last applied log id and the membership then.
const APPLIED: &str = "applied";
/// Leaves that are not here.
const GAPS: &str = "gaps";
/// Whose store it is.
const IDENTITY: &str = "identity";
/// How often it was opened.
const INCARNATION: &str = "incarnation";
/// Term and index of the highest entry that was ever taken back.
const REACHED: &str = "reached";
/// How far the peers' disks had come.
const SIGHTINGS: &str = "sightings";

/// Whether the rules that tie log, leaves and state together are enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    /// Always, in a node.
    Enforced,
    /// openraft's log-store suite applies entries with holes and purges without a snapshot.
    #[cfg(test)]
    LogSuite,
}

/// The open file.
#[derive(Debug)]
pub(crate) struct Disk {
    /// None once closed.
    database: RwLock<Option<Database>>,
    identity: Identity,
    incarnation: u64,
    rules: Rules,
    /// How far this disk has come, as it is durable.
    standing: Mutex<Standing>,
    /// The first error; all work is refused from then on.
    fault: Mutex<Option<String>>,
}

impl Disk {
    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(crate) fn rules_enforced(&self) -> bool {
        self.rules == Rules::Enforced
    }

    /// The first error, if any.
    pub(crate) fn fault(&self) -> Option<String> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets go of the file, whoever still holds this: a stopped node's tasks may end later, and
    /// its file must be free for the next start. Waits for work under way.
    pub(crate) fn close(&self) {
        let database = self.database.write().unwrap_or_else(PoisonError::into_inner).take();
        drop(database);
    }

    fn with_database<T>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match &*self.database.read().unwrap_or_else(PoisonError::into_inner) {
            Some(database) => self.remember(work(database)),
            None => Err(StoreError::Closed { reason: "it was closed".to_owned() }),
        }
    }

    fn healthy(&self) -> Result<(), StoreError> {
        match self.fault() {
            Some(reason) => Err(StoreError::Closed { reason }),
            None => Ok(()),
        }
    }

    fn remember<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &result {
            self.put_out_of_work(error);
        }
        result
    }

    /// Refuses all work from now on, for this reason.
    pub(crate) fn put_out_of_work(&self, error: &StoreError) {
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        if fault.is_none() {
            let reason = chain(error);
            tracing::error!(controller = %self.identity.controller, %reason, "the store failed");
            *fault = Some(reason);
        }
    }

    fn write<T>(
        &self,
        doing: &'static str,
        durability: Durability,
        work: impl FnOnce(&WriteTransaction) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.healthy()?;
        self.with_database(|database| {
            let mut transaction = database.begin_write().map_err(StoreError::io(doing))?;
            transaction.set_durability(durability).map_err(StoreError::io(doing))?;
            // In one phase redb takes a last commit with a damaged page for one that a crash cut
            // short, and falls back to the commit before it. An acknowledged vote would be
            // forgotten; in two phases it is an error.
            transaction.set_two_phase_commit(true);
            let done = work(&transaction)?;
            transaction.commit().map_err(StoreError::io(doing))?;
            Ok(done)
        })
    }

    fn read<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&ReadTransaction) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.healthy()?;
        self.with_database(|database| {
            let transaction = database.begin_read().map_err(StoreError::io(doing))?;
            work(&transaction)
        })
    }

    fn read_meta<T: DeserializeOwned>(&self, key: &'static str) -> Result<Option<T>, StoreError> {
        self.read("reading", |transaction| read_meta(transaction, key))
    }

    fn write_meta<T: Serialize>(
        &self,
        doing: &'static str,
        durability: Durability,
        key: &'static str,
        value: &T,
    ) -> Result<(), StoreError> {
        self.write(doing, durability, |transaction| put_meta(transaction, key, value))
    }
}

fn read_meta<T: DeserializeOwned>(
    transaction: &ReadTransaction,
    key: &'static str,
) -> Result<Option<T>, StoreError> {
    let table = transaction.open_table(META_TABLE).map_err(StoreError::io("reading"))?;
    let Some(cell) = table.get(key).map_err(StoreError::io("reading"))? else { return Ok(None) };
    cell::unseal_json(META, &key, cell.value()).map(Some)
}

fn get_meta<T: DeserializeOwned>(
    transaction: &WriteTransaction,
    key: &'static str,
) -> Result<Option<T>, StoreError> {
    use redb::ReadableTable;
    let table = transaction.open_table(META_TABLE).map_err(StoreError::io("reading"))?;
    let Some(cell) = table.get(key).map_err(StoreError::io("reading"))? else { return Ok(None) };
    cell::unseal_json(META, &key, cell.value()).map(Some)
}

fn put_meta<T: Serialize>(
    transaction: &WriteTransaction,
    key: &'static str,
    value: &T,
) -> Result<(), StoreError> {
    let cell = cell::seal_json(META, &key, value)?;
    let mut table = transaction.open_table(META_TABLE).map_err(StoreError::io("writing"))?;
    table.insert(key, cell.as_slice()).map_err(StoreError::io("writing"))?;
    Ok(())
}
