//! What the tests that cross crates share: the repository, the binary, a cluster of three
//! controller processes.

#![forbid(unsafe_code)]

mod binary;
pub mod cluster;

use std::path::PathBuf;

pub use binary::bascule;

/// The top of the repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("it was built there")
}
