//! Bundles: what an auditor takes away. A folder of plain files, here a map from file name to
//! bytes; reading and writing the folder is the caller's.
//!
//! | file | in | holds |
//! | --- | --- | --- |
//! | `manifest.json` | all | what the bundle is, as canonical JSON: see [`Manifest`] |
//! | `leaves.jsonl` | all | the leaves, one a line, in the order of the log |
//! | `checkpoint` | all | the signed head of the tree, a C2SP signed note |
//! | `keys` | all | the rooms' public keys, one `name+hash+base64` a line |
//! | `hashes` | whole log | the hash of every leaf, one a line: names the leaf that was altered |
//! | `era-N.leaves.jsonl`, `era-N.hashes` | whole log | the same of each older era |
//! | `proofs.jsonl` | one run | for each leaf its number, hash and path to the signed root |
//!
//! The bundle of a run holds every leaf from the run's start to its end, those of other matters
//! too, and the leaves that open and end its incident: a leaf that was left out is a gap that
//! shows. In an era that was opened by an order it holds the leaf of that order too, and those that
//! tell who has joined since: from them follows who had to sign.

mod export;
mod manifest;
mod narrow;
mod older;
mod proof_line;

use std::collections::BTreeMap;

pub use export::{ExportError, SignedHead, export_log, export_run};
pub use manifest::{FORMAT, Kind, Manifest};
pub use narrow::{NarrowError, run_of_log};
pub use older::{add_older_era, hashes_of, leaves_of};
pub use proof_line::ProofLine;

pub(crate) use export::command;

/// The files of a bundle, by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What the bundle is.
pub const MANIFEST: &str = "manifest.json";
/// The leaves.
pub const LEAVES: &str = "leaves.jsonl";
/// The hash of every leaf of the log.
pub const HASHES: &str = "hashes";
/// The inclusion proofs of a run's leaves.
pub const PROOFS: &str = "proofs.jsonl";
/// The signed head.
pub const CHECKPOINT: &str = "checkpoint";
/// The rooms' public keys.
pub const KEYS: &str = "keys";
