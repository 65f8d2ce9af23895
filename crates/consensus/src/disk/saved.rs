//! The saved state: the newest snapshot, ours or a leader's.

use redb::{Durability, ReadableTable};

use super::error::StoreError;
use super::{
    APPLIED, AppliedRecord, Disk, GAPS, Gap, STATE, STATE_TABLE, cell, get_meta, put_meta,
};
use crate::types::SnapshotMeta;

const SAVED_META: &str = "meta";
const SAVED_BYTES: &str = "bytes";

/// A saved state with where in the log it stands.
#[derive(Clone, Debug)]
pub(crate) struct Saved {
    pub(crate) meta: SnapshotMeta,
    /// `State` as JSON.
    pub(crate) bytes: Vec<u8>,
}

/// Where the saved state stands.
pub(super) fn saved_index(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
) -> Result<Option<u64>, StoreError> {
    let Some(meta) = table.get(SAVED_META).map_err(StoreError::io("reading"))? else {
        return Ok(None);
    };
    let meta: SnapshotMeta = cell::unseal_json(STATE, &SAVED_META, meta.value())?;
    Ok(meta.last_log_id.map(|id| id.index))
}

fn put_saved(transaction: &redb::WriteTransaction, saved: &Saved) -> Result<(), StoreError> {
    let meta = cell::seal_json(STATE, &SAVED_META, &saved.meta)?;
    let bytes = cell::seal(STATE, &SAVED_BYTES, &saved.bytes);
    let mut table = transaction.open_table(STATE_TABLE).map_err(StoreError::io("writing"))?;
    table.insert(SAVED_META, meta.as_slice()).map_err(StoreError::io("writing"))?;
    table.insert(SAVED_BYTES, bytes.as_slice()).map_err(StoreError::io("writing"))?;
    Ok(())
}

impl Disk {
    pub(crate) fn saved(&self) -> Result<Option<Saved>, StoreError> {
        self.read("reading the saved state", |transaction| {
            let table = transaction.open_table(STATE_TABLE).map_err(StoreError::io("reading"))?;
            let Some(meta) = table.get(SAVED_META).map_err(StoreError::io("reading"))? else {
                return Ok(None);
            };
            let meta = cell::unseal_json(STATE, &SAVED_META, meta.value())?;
            let bytes = table.get(SAVED_BYTES).map_err(StoreError::io("reading"))?;
            let Some(bytes) = bytes else {
                return Err(StoreError::Damaged { what: "half of the saved state".to_owned() });
            };
            let bytes = cell::unseal(STATE, &SAVED_BYTES, bytes.value())?.to_vec();
            Ok(Some(Saved { meta, bytes }))
        })
    }

    /// Saves our own state; an older one than the saved one is not worth a write.
    pub(crate) fn save(&self, saved: &Saved) -> Result<(), StoreError> {
        self.write("saving the state", Durability::Immediate, |transaction| {
            let ours = saved.meta.last_log_id.as_ref().map(|id| id.index);
            let table = transaction.open_table(STATE_TABLE).map_err(StoreError::io("writing"))?;
            let known = saved_index(&table)?;
            drop(table);
            if known.is_some() && ours < known {
                return Ok(());
            }
            put_saved(transaction, saved)
        })
    }

    /// Takes over a leader's state, with the leaves that are then missing here.
    pub(crate) fn install(
        &self,
        saved: &Saved,
        applied: &AppliedRecord,
        gap: Option<Gap>,
    ) -> Result<(), StoreError> {
        self.write("installing a snapshot", Durability::Immediate, |transaction| {
            put_saved(transaction, saved)?;
            put_meta(transaction, APPLIED, applied)?;
            if let Some(gap) = gap {
                let mut gaps: Vec<Gap> = get_meta(transaction, GAPS)?.unwrap_or_default();
                gaps.push(gap);
                put_meta(transaction, GAPS, &gaps)?;
            }
            Ok(())
        })?;
        self.has_reached(saved.meta.last_log_id);
        Ok(())
    }
}
