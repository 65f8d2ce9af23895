//! Pinning: a value with the hash of its canonical JSON.

use serde::Serialize;
use sha2::{Digest, Sha256};
use state_machine::Pinned;

/// Pins a value by the SHA-256 of its RFC 8785 form.
pub fn pin<T: Serialize>(value: T) -> Result<Pinned<T>, serde_json::Error> {
    let canonical = serde_json_canonicalizer::to_vec(&value)?;
    let hash = Sha256::digest(&canonical).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Pinned { hash, value })
}
