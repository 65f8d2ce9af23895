//! A line of `proofs.jsonl`.

use serde::{Deserialize, Serialize};

use crate::hash::Hash;

/// Where one leaf stands in the tree, and the path that proves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofLine {
    /// The leaf's number in the tree, from 0.
    pub leaf: u64,
    /// The leaf's hash.
    pub hash: Hash,
    /// The siblings on the way to the root, lowest first.
    pub path: Vec<Hash>,
}

impl ProofLine {
    /// The line, without its line feed.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json_canonicalizer::to_vec(self)
            .expect("text, whole numbers and nothing else always have a canonical form")
    }

    /// Reads a line; none if it has not exactly the bytes that [`Self::to_bytes`] makes.
    pub fn from_bytes(line: &[u8]) -> Option<Self> {
        let proof: Self = serde_json::from_slice(line).ok()?;
        (proof.to_bytes() == line).then_some(proof)
    }
}
