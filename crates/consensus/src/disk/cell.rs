//! A stored value with a checksum before it, over its place and its content, so that a flipped
//! bit and a value that stands in the wrong place are both found when it is read.

use std::fmt::Display;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::error::StoreError;

const CHECKSUM_BYTES: usize = 8;

/// A key of one of the tables.
pub(crate) trait Key: Display {
    fn to_bytes(&self) -> Vec<u8>;
}

impl Key for u64 {
    fn to_bytes(&self) -> Vec<u8> {
        self.to_be_bytes().to_vec()
    }
}

impl Key for &str {
    fn to_bytes(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }
}

fn checksum(table: &str, key: &dyn Key, value: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut sha = Sha256::new();
    sha.update(table);
    sha.update([0]);
    sha.update(key.to_bytes());
    sha.update([0]);
    sha.update(value);
    let full: [u8; 32] = sha.finalize().into();
    let mut short = [0; CHECKSUM_BYTES];
    short.copy_from_slice(&full[..CHECKSUM_BYTES]);
    short
}

pub(crate) fn seal(table: &'static str, key: &dyn Key, value: &[u8]) -> Vec<u8> {
    let mut cell = Vec::with_capacity(CHECKSUM_BYTES + value.len());
    cell.extend_from_slice(&checksum(table, key, value));
    cell.extend_from_slice(value);
    cell
}

pub(crate) fn unseal<'a>(
    table: &'static str,
    key: &dyn Key,
    cell: &'a [u8],
) -> Result<&'a [u8], StoreError> {
    match cell.split_at_checked(CHECKSUM_BYTES) {
        Some((sum, value)) if sum == checksum(table, key, value) => Ok(value),
        _ => Err(StoreError::Checksum { table, key: key.to_string() }),
    }
}

pub(crate) fn seal_json<T: Serialize>(
    table: &'static str,
    key: &dyn Key,
    value: &T,
) -> Result<Vec<u8>, StoreError> {
    let json = serde_json::to_vec(value).map_err(|source| StoreError::Encode {
        what: table,
        index: 0,
        source,
    })?;
    Ok(seal(table, key, &json))
}

pub(crate) fn unseal_json<T: DeserializeOwned>(
    table: &'static str,
    key: &dyn Key,
    cell: &[u8],
) -> Result<T, StoreError> {
    let value = unseal(table, key, cell)?;
    serde_json::from_slice(value).map_err(|source| StoreError::Decode {
        table,
        key: key.to_string(),
        source,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_flipped_bit_and_every_wrong_place_is_found() {
        let cell = seal("log", &7_u64, b"value");
        assert_eq!(unseal("log", &7_u64, &cell).unwrap(), b"value");
        for bit in 0..cell.len() * 8 {
            let mut flipped = cell.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(unseal("log", &7_u64, &flipped).is_err(), "bit {bit}");
        }
        assert!(unseal("log", &8_u64, &cell).is_err());
        assert!(unseal("leaves", &7_u64, &cell).is_err());
        assert!(unseal("log", &7_u64, &cell[..5]).is_err());
    }
}
