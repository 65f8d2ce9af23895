//! The audit log: leaves, the Merkle tree, checkpoints, bundles and offline verification. Pure.
//!
//! Every committed entry is one [`leaf`], a CloudEvents line in canonical JSON. The leaves make
//! one RFC 6962 tree per era: a [`Frontier`] appends to it and knows its root, a [`Tree`] proves
//! inclusion and consistency. Each room signs the tree's head as a [`checkpoint`], a C2SP signed
//! note. A [`bundle`] holds what an auditor needs, and [`verify`] and [`run_log`] read it with no
//! cluster at hand.

#![forbid(unsafe_code)]

pub mod bundle;
pub mod checkpoint;
pub mod era_order;
mod frontier;
mod hash;
pub mod leaf;
mod leaf_view;
pub mod note;
pub mod run_log;
mod summary;
mod tree;
pub mod verify;
mod wall_label;

pub use frontier::{Frontier, FrontierError};
pub use hash::{Hash, HashError, leaf_hash, node_hash};
pub use summary::LeafSummary;
pub use tree::{
    ConsistencyError, InclusionError, Tree, TreeError, verify_consistency, verify_inclusion,
};
