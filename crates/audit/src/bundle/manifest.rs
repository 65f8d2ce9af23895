//! What a bundle says of itself. Nothing in it is believed: each field is compared with the
//! signed checkpoint and with the leaves.

use serde::{Deserialize, Serialize};

use model::era::Era;
use model::id::RunId;

/// The format that this version writes and reads.
pub const FORMAT: &str = "bascule-audit-bundle/1";

/// Whether a bundle holds all or a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Every leaf of the log up to the checkpoint.
    Log,
    /// The leaves of one run, each with its inclusion proof.
    Run,
}

/// What a bundle says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The format of the bundle.
    pub format: String,
    /// All or a part.
    pub kind: Kind,
    /// The cluster.
    pub cluster: String,
    /// The era: each is its own tree.
    pub era: Era,
    /// The index in the Raft log of the tree's leaf number 0.
    pub first_index: u64,
    /// How many leaves the checkpoint covers.
    pub size: u64,
    /// The run, in the bundle of one.
    pub run: Option<RunId>,
}

impl Manifest {
    /// The bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json_canonicalizer::to_vec(self)
            .expect("text, whole numbers and nothing else always have a canonical form");
        bytes.push(b'\n');
        bytes
    }

    /// Reads the file; none if it has not exactly the bytes that [`Self::to_bytes`] makes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let manifest: Self = serde_json::from_slice(bytes).ok()?;
        (manifest.format == FORMAT && manifest.to_bytes() == bytes).then_some(manifest)
    }
}
