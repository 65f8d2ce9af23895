//! The right edge of the tree.

use serde::{Deserialize, Serialize};

use crate::hash::{Hash, leaf_hash, node_hash};

/// The right edge of the Merkle tree: enough to append leaves and to know the root.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frontier {
    /// How many leaves the tree has.
    pub size: u64,
    /// Roots (hex) of the complete subtrees that make up the tree, largest first.
    pub peaks: Vec<Hash>,
}

/// Why a stored frontier can't be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrontierError {
    /// The number of peaks does not fit the size.
    #[error(
        "a tree of {size} leaves has {expected} peaks, this frontier has {found}: it is damaged, \
         rebuild it from the leaves"
    )]
    Peaks {
        /// How many leaves it claims.
        size: u64,
        /// How many peaks such a tree has.
        expected: u32,
        /// How many there are.
        found: usize,
    },
}

impl Frontier {
    /// Appends a leaf and returns its hash.
    pub fn append(&mut self, leaf: &[u8]) -> Hash {
        let hash = leaf_hash(leaf);
        self.append_hash(hash);
        hash
    }

    /// Appends a leaf of which only the hash is at hand.
    pub fn append_hash(&mut self, hash: Hash) {
        let mut hash = hash;
        // Each trailing one bit of the size is a complete subtree as large as the one that the
        // new leaf has just completed: they join.
        for _ in 0..self.size.trailing_ones() {
            // A damaged frontier may lack peaks; `check` names that, append must not panic.
            let Some(left) = self.peaks.pop() else { break };
            hash = node_hash(&left, &hash);
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root over all leaves so far.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return Hash::of_empty_tree() };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }

    /// Whether it can be the frontier of a tree at all; to be asked of one that was stored.
    pub fn check(&self) -> Result<(), FrontierError> {
        let expected = self.size.count_ones();
        if self.peaks.len() == expected as usize {
            Ok(())
        } else {
            Err(FrontierError::Peaks { size: self.size, expected, found: self.peaks.len() })
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use proptest::prelude::*;
    use sha2::Sha256;

    use super::*;

    proptest! {
        #[test]
        fn the_frontier_has_the_root_of_the_full_tree(
            leaves in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..70),
        ) {
            let mut full = MemoryBackedTree::<Sha256, Vec<u8>>::new();
            let mut frontier = Frontier::default();
            let root: [u8; 32] = (*full.root().as_bytes()).into();
            prop_assert_eq!(frontier.root(), Hash(root));
            for leaf in leaves {
                prop_assert_eq!(frontier.append(&leaf), leaf_hash(&leaf));
                full.push(leaf);
                let root: [u8; 32] = (*full.root().as_bytes()).into();
                prop_assert_eq!(frontier.root(), Hash(root));
                prop_assert_eq!(frontier.size, full.len());
                prop_assert!(frontier.check().is_ok());
                let stored = serde_json::to_string(&frontier).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Frontier>(&stored).unwrap(), &frontier);
            }
        }
    }

    #[test]
    fn a_damaged_frontier_is_named_and_does_not_panic() {
        let mut damaged = Frontier { size: 7, peaks: vec![leaf_hash(b"a")] };
        assert_eq!(damaged.check(), Err(FrontierError::Peaks { size: 7, expected: 3, found: 1 }));
        damaged.append(b"b");
    }
}
