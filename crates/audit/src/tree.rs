//! The whole tree, by its hashes: roots of any past size, proofs of inclusion and consistency.

use ct_merkle::{
    ConsistencyProof, InclusionProof, RootHash, indices_for_consistency_proof,
    indices_for_inclusion_proof,
};
use sha2::Sha256;

use crate::hash::{Hash, leaf_hash, node_hash};

/// No tree comes near this size; a claimed size beyond it is refused before any arithmetic.
const SIZE_MAX: u64 = 1 << 62;

/// The hashes of every complete subtree: 64 bytes a leaf, without the leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    // `levels[k][i]` is the root over the leaves `i * 2^k .. (i + 1) * 2^k`.
    levels: Vec<Vec<Hash>>,
}

/// What can't be asked of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// The tree is smaller than the question.
    #[error("the tree has {size} leaves, {asked} were asked for: fetch the missing leaves first")]
    Size {
        /// How many leaves it has.
        size: u64,
        /// How many are needed.
        asked: u64,
    },
    /// The leaf lies outside of the tree in question.
    #[error("leaf {leaf} is not among the first {size} leaves: no proof can exist")]
    Leaf {
        /// Which.
        leaf: u64,
        /// Of how many.
        size: u64,
    },
    /// The earlier tree is the larger one.
    #[error("a tree of {new} leaves can't continue one of {old}: a log never shrinks")]
    Order {
        /// The earlier size.
        old: u64,
        /// The later size.
        new: u64,
    },
}

impl Tree {
    /// The tree over these leaf hashes.
    pub fn from_hashes(hashes: impl IntoIterator<Item = Hash>) -> Self {
        let mut tree = Self::default();
        for hash in hashes {
            tree.append_hash(hash);
        }
        tree
    }

    /// Appends a leaf and returns its hash.
    pub fn append(&mut self, leaf: &[u8]) -> Hash {
        let hash = leaf_hash(leaf);
        self.append_hash(hash);
        hash
    }

    /// Appends a leaf of which only the hash is at hand.
    pub fn append_hash(&mut self, hash: Hash) {
        let mut hash = hash;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let hashes = &mut self.levels[level];
            hashes.push(hash);
            match hashes.as_slice() {
                [.., left, right] if hashes.len().is_multiple_of(2) => {
                    hash = node_hash(left, right);
                }
                _ => break,
            }
        }
    }

    /// How many leaves it has.
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// The hash of one leaf.
    pub fn leaf_hash(&self, leaf: u64) -> Option<Hash> {
        self.levels.first()?.get(usize::try_from(leaf).ok()?).copied()
    }

    /// The root over all leaves.
    pub fn root(&self) -> Hash {
        self.range_root(0, self.size())
    }

    /// The root as it was when the tree had `size` leaves.
    pub fn root_at(&self, size: u64) -> Result<Hash, TreeError> {
        self.holds(size)?;
        Ok(self.range_root(0, size))
    }

    /// The path from a leaf to the root of the first `size` leaves.
    pub fn prove_inclusion(&self, leaf: u64, size: u64) -> Result<Vec<Hash>, TreeError> {
        self.holds(size)?;
        if leaf >= size {
            return Err(TreeError::Leaf { leaf, size });
        }
        Ok(self.nodes(&indices_for_inclusion_proof(size, leaf), size))
    }

    /// What shows that the first `new` leaves begin with the first `old` ones.
    pub fn prove_consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, TreeError> {
        self.holds(new)?;
        if old > new {
            return Err(TreeError::Order { old, new });
        }
        if old == 0 {
            // Every tree continues the empty one: nothing to show.
            return Ok(Vec::new());
        }
        Ok(self.nodes(&indices_for_consistency_proof(old, new - old), new))
    }

    fn holds(&self, asked: u64) -> Result<(), TreeError> {
        let size = self.size();
        if asked <= size { Ok(()) } else { Err(TreeError::Size { size, asked }) }
    }

    // The proofs' arithmetic numbers nodes from left to right over leaves and inner nodes alike:
    // a number that ends in k one bits is the node of level k at position `number >> (k + 1)`.
    fn nodes(&self, numbers: &[u64], size: u64) -> Vec<Hash> {
        numbers
            .iter()
            .map(|number| {
                let level = number.trailing_ones();
                let start = (number >> (level + 1)) << level;
                self.range_root(start, size.min(start + (1 << level)))
            })
            .collect()
    }

    /// The root over the leaves `start..end`, where `start` is a multiple of the smallest power
    /// of two that holds the range.
    fn range_root(&self, start: u64, end: u64) -> Hash {
        let mut parts = Vec::new();
        let mut at = start;
        while at < end {
            let level = (end - at).ilog2();
            parts.push(self.levels[level as usize][(at >> level) as usize]);
            at += 1 << level;
        }
        let mut parts = parts.into_iter().rev();
        let Some(last) = parts.next() else { return Hash::of_empty_tree() };
        parts.fold(last, |right, left| node_hash(&left, &right))
    }
}

/// Why a proof of inclusion does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InclusionError {
    /// The leaf lies outside of the tree.
    #[error("leaf {leaf} is not among the {size} leaves of the checkpoint")]
    Leaf {
        /// Which.
        leaf: u64,
        /// Of how many.
        size: u64,
    },
    /// The path is too short or too long for this leaf of this tree.
    #[error("the path of leaf {leaf} has the wrong length for a tree of {size} leaves")]
    Length {
        /// Which.
        leaf: u64,
        /// Of how many.
        size: u64,
    },
    /// The path leads to another root.
    #[error("the path of leaf {leaf} leads to another root than the checkpoint's")]
    Root {
        /// Which.
        leaf: u64,
    },
}

/// Checks that `leaf` is leaf number `number` of the tree of `size` leaves with this root.
pub fn verify_inclusion(
    root: Hash,
    size: u64,
    number: u64,
    leaf: &[u8],
    path: &[Hash],
) -> Result<(), InclusionError> {
    if number >= size || size > SIZE_MAX {
        return Err(InclusionError::Leaf { leaf: number, size });
    }
    if path.len() != indices_for_inclusion_proof(size, number).len() {
        return Err(InclusionError::Length { leaf: number, size });
    }
    let proof = InclusionProof::<Sha256>::try_from_bytes(concatenated(path))
        .map_err(|_| InclusionError::Length { leaf: number, size })?;
    RootHash::<Sha256>::new(root.0.into(), size)
        .verify_inclusion(&leaf, number, &proof)
        .map_err(|_| InclusionError::Root { leaf: number })
}

/// Why a proof of consistency does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsistencyError {
    /// The later tree is the smaller one.
    #[error("the log shrank from {old} to {new} leaves")]
    Shrank {
        /// The earlier size.
        old: u64,
        /// The later size.
        new: u64,
    },
    /// Two roots for one size.
    #[error("two different logs of {size} leaves were signed")]
    Fork {
        /// The size of both.
        size: u64,
    },
    /// The proof does not lead from one root to the other.
    #[error("the log of {new} leaves does not begin with the log of {old} leaves")]
    NotAContinuation {
        /// The earlier size.
        old: u64,
        /// The later size.
        new: u64,
    },
}

/// Checks that the tree (`new_size`, `new_root`) begins with the tree (`old_size`, `old_root`).
pub fn verify_consistency(
    (old_size, old_root): (u64, Hash),
    (new_size, new_root): (u64, Hash),
    proof: &[Hash],
) -> Result<(), ConsistencyError> {
    let broken = ConsistencyError::NotAContinuation { old: old_size, new: new_size };
    if old_size > new_size {
        return Err(ConsistencyError::Shrank { old: old_size, new: new_size });
    }
    if old_size == new_size {
        return match (old_root == new_root, proof.is_empty()) {
            (false, _) => Err(ConsistencyError::Fork { size: new_size }),
            (true, false) => Err(broken),
            (true, true) => Ok(()),
        };
    }
    if old_size == 0 {
        let holds = old_root == Hash::of_empty_tree() && proof.is_empty();
        return if holds { Ok(()) } else { Err(broken) };
    }
    if new_size > SIZE_MAX {
        return Err(broken);
    }
    let bytes =
        ConsistencyProof::<Sha256>::try_from_bytes(concatenated(proof)).map_err(|_| broken)?;
    let old = RootHash::<Sha256>::new(old_root.0.into(), old_size);
    RootHash::<Sha256>::new(new_root.0.into(), new_size)
        .verify_consistency(&old, &bytes)
        .map_err(|_| broken)
}

fn concatenated(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use proptest::prelude::*;

    use super::*;
    use crate::frontier::Frontier;

    fn leaves(count: u64) -> Vec<Vec<u8>> {
        (0..count).map(|number| format!("leaf {number}").into_bytes()).collect()
    }

    #[test]
    fn proofs_and_roots_are_those_of_the_full_tree_at_every_size() {
        let mut full = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        let (mut tree, mut frontier) = (Tree::default(), Frontier::default());
        let mut roots = vec![tree.root()];
        for leaf in leaves(40) {
            tree.append(&leaf);
            frontier.append(&leaf);
            full.push(leaf);
            assert_eq!(tree.root(), frontier.root());
            roots.push(tree.root());
            let size = tree.size();
            for number in 0..size {
                let path = tree.prove_inclusion(number, size).unwrap();
                let theirs = full.prove_inclusion(number as usize);
                assert_eq!(concatenated(&path), theirs.as_bytes(), "{number} of {size}");
            }
            for old in 1..=size {
                let proof = tree.prove_consistency(old, size).unwrap();
                let theirs = full.prove_consistency((size - old) as usize);
                assert_eq!(concatenated(&proof), theirs.as_bytes(), "{old} to {size}");
            }
        }
        for (size, root) in roots.iter().enumerate() {
            assert_eq!(tree.root_at(size as u64).unwrap(), *root);
        }
    }

    proptest! {
        #[test]
        fn an_inclusion_proof_holds_for_its_leaf_only(
            size in 1_u64..60, past in 0_u64..30, pick in any::<prop::sample::Index>(),
        ) {
            let leaves = leaves(size + past);
            let tree = Tree::from_hashes(leaves.iter().map(|leaf| leaf_hash(leaf)));
            let number = pick.index(size as usize) as u64;
            let root = tree.root_at(size).unwrap();
            let path = tree.prove_inclusion(number, size).unwrap();
            let leaf = &leaves[number as usize];
            prop_assert_eq!(verify_inclusion(root, size, number, leaf, &path), Ok(()));
            prop_assert!(verify_inclusion(root, size, number, b"other", &path).is_err());
            let elsewhere = (number + 1) % size;
            if elsewhere != number {
                prop_assert!(verify_inclusion(root, size, elsewhere, leaf, &path).is_err());
            }
            let mut longer = path.clone();
            longer.push(root);
            prop_assert!(verify_inclusion(root, size, number, leaf, &longer).is_err());
            prop_assert!(verify_inclusion(root, size, size, leaf, &path).is_err());
        }

        #[test]
        fn a_consistency_proof_holds_between_its_two_trees_only(
            old in 0_u64..60, more in 0_u64..60,
        ) {
            let new = old + more;
            let tree = Tree::from_hashes(leaves(new).iter().map(|leaf| leaf_hash(leaf)));
            let proof = tree.prove_consistency(old, new).unwrap();
            let (old_head, new_head) =
                ((old, tree.root_at(old).unwrap()), (new, tree.root_at(new).unwrap()));
            prop_assert_eq!(verify_consistency(old_head, new_head, &proof), Ok(()));
            let forged = (new, leaf_hash(b"forged"));
            if old > 0 {
                prop_assert!(verify_consistency(old_head, forged, &proof).is_err());
            }
            prop_assert!(
                verify_consistency((old, leaf_hash(b"forged")), new_head, &proof).is_err()
            );
        }
    }

    #[test]
    fn what_a_tree_does_not_have_is_an_error_and_no_panic() {
        let tree = Tree::from_hashes(leaves(3).iter().map(|leaf| leaf_hash(leaf)));
        assert_eq!(tree.root_at(4), Err(TreeError::Size { size: 3, asked: 4 }));
        assert_eq!(tree.prove_inclusion(3, 3), Err(TreeError::Leaf { leaf: 3, size: 3 }));
        assert_eq!(tree.prove_consistency(3, 2), Err(TreeError::Order { old: 3, new: 2 }));
        let root = tree.root();
        assert!(verify_inclusion(root, u64::MAX, u64::MAX - 1, b"x", &[]).is_err());
        assert!(verify_consistency((1, root), (u64::MAX, root), &[]).is_err());
        assert!(verify_consistency((4, root), (3, root), &[]).is_err());
    }
}
