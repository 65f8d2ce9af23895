//! A checksum over redb's header.
//!
//! redb checks each of the two commits that its header names, but not the bit that says which of
//! them counts: flipped, that bit would take back the last commit, a vote perhaps, and nobody
//! would know. The checksum stands right behind the header, in the same sector, and is written
//! with it in one go.

use std::io;
use std::ops::Bound;

use redb::{BackendError, StorageBackend};
use sha2::{Digest, Sha256};

use super::error::StoreError;

/// How much of its first page redb uses.
const HEADER: usize = 320;
const SUM: usize = 16;
const SEALED: usize = HEADER + SUM;

/// A backend whose header carries a checksum.
#[derive(Debug)]
pub(super) struct SealedHeader<B> {
    inner: B,
}

fn sum(header: &[u8]) -> [u8; SUM] {
    let full: [u8; 32] = Sha256::digest(header).into();
    let mut short = [0; SUM];
    short.copy_from_slice(&full[..SUM]);
    short
}

impl<B: StorageBackend> SealedHeader<B> {
    pub(super) fn new(inner: B) -> Self {
        Self { inner }
    }

    /// That the header is the one that was written.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        let damaged = |what: &str| StoreError::Damaged { what: what.to_owned() };
        let length = self.inner.len().map_err(StoreError::io("looking at the store"))?;
        if length < SEALED as u64 {
            return Err(damaged("its file ends within its header"));
        }
        let mut sealed = [0; SEALED];
        self.inner.read(0, &mut sealed).map_err(StoreError::io("reading the header"))?;
        let (header, found) = sealed.split_at(HEADER);
        if found == sum(header) {
            Ok(())
        } else {
            Err(damaged("its header is not what was written"))
        }
    }
}

impl<B: StorageBackend> StorageBackend for SealedHeader<B> {
    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.inner.read(offset, out)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.inner.set_len(length)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.inner.sync_data()
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if offset >= SEALED as u64 {
            return self.inner.write(offset, bytes);
        }
        let Some((header, rest)) = bytes.split_at_checked(HEADER).filter(|_| offset == 0) else {
            // Another layout than the one this was written for: better no store than one whose
            // header is not covered.
            return Err(io::Error::other("the header was to be written in parts"));
        };
        let mut sealed = [0; SEALED];
        sealed[..HEADER].copy_from_slice(header);
        sealed[HEADER..].copy_from_slice(&sum(header));
        self.inner.write(0, &sealed)?;
        match rest.get(SUM..) {
            Some(beyond) if !beyond.is_empty() => self.inner.write(SEALED as u64, beyond),
            _ => Ok(()),
        }
    }

    fn close(&self) -> io::Result<()> {
        self.inner.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.inner.try_lock_range(start, end)
    }

    fn try_lock_shared_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> Result<bool, BackendError> {
        self.inner.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.inner.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.inner.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.inner.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.inner.query_lock_range(start, end)
    }
}
