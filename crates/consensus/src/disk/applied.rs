//! Leaves and the applied index, which move together.

use redb::{Durability, ReadableTable, ReadableTableMetadata, WriteTransaction};
use serde::{Deserialize, Serialize};

use audit::Frontier;
use model::seeded_bug::{SeededBug, seeded_bug};

use super::error::StoreError;
use super::{APPLIED, Disk, GAPS, LEAVES, LEAVES_TABLE, cell, get_meta, put_meta, read_meta};
use crate::error::LeavesError;
use crate::types::{LogId, StoredMembership};

/// How far this node has applied, and the membership then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AppliedRecord {
    pub(crate) last: Option<LogId>,
    pub(crate) membership: StoredMembership,
}

/// Leaves that a snapshot skipped. They are fetched from peers, and what comes is believed only
/// if it leads from the tree before to the tree after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Gap {
    /// The first leaf that was missing when the gap was made.
    pub(crate) first: u64,
    /// The tree before it.
    pub(crate) before: Frontier,
    /// The next leaf to fetch.
    pub(crate) next: u64,
    /// The tree over what has been fetched.
    pub(crate) reached: Frontier,
    /// The last leaf that is missing.
    pub(crate) last: u64,
    /// The tree as the snapshot has it.
    pub(crate) after: Frontier,
}

/// What became of fetched leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filled {
    /// More are missing.
    Partly,
    /// The gap is closed and its leaves are proved.
    Closed,
    /// They lead to another tree than the snapshot's: thrown away, to be fetched again.
    Refuted,
}

fn put_leaves(transaction: &WriteTransaction, leaves: &[(u64, Vec<u8>)]) -> Result<(), StoreError> {
    let mut table = transaction.open_table(LEAVES_TABLE).map_err(StoreError::io("writing"))?;
    for (index, leaf) in leaves {
        let sealed = cell::seal(LEAVES, index, leaf);
        let known = match table.get(index).map_err(StoreError::io("reading"))? {
            // Applied again after a restart: it must be the same leaf to the byte.
            Some(known) => Some(cell::unseal(LEAVES, index, known.value())? == leaf.as_slice()),
            None => None,
        };
        match known {
            Some(true) => {}
            Some(false) => return Err(StoreError::LeafDiffers { index: *index }),
            None => {
                table.insert(index, sealed.as_slice()).map_err(StoreError::io("writing"))?;
            }
        }
    }
    Ok(())
}

impl Disk {
    pub(crate) fn applied(&self) -> Result<AppliedRecord, StoreError> {
        self.read_meta(APPLIED).map(Option::unwrap_or_default)
    }

    pub(crate) fn gaps(&self) -> Result<Vec<Gap>, StoreError> {
        self.read_meta(GAPS).map(Option::unwrap_or_default)
    }

    /// The last leaf's number.
    pub(crate) fn last_leaf(&self) -> Result<Option<u64>, StoreError> {
        self.read("reading the leaves", |transaction| {
            let table = transaction.open_table(LEAVES_TABLE).map_err(StoreError::io("reading"))?;
            let last = table.last().map_err(StoreError::io("reading"))?;
            Ok(last.map(|(index, _)| index.value()))
        })
    }

    /// That every leaf is there up to the applied index, save in the known gaps.
    pub(crate) fn check_leaves(&self) -> Result<(), StoreError> {
        self.read("counting the leaves", |transaction| {
            let table = transaction.open_table(LEAVES_TABLE).map_err(StoreError::io("reading"))?;
            let held = table.len().map_err(StoreError::io("reading"))?;
            let gaps: Vec<Gap> = read_meta(transaction, GAPS)?.unwrap_or_default();
            let missing: u64 = gaps.iter().map(|gap| gap.last + 1 - gap.next).sum();
            let applied: AppliedRecord = read_meta(transaction, APPLIED)?.unwrap_or_default();
            let expected = applied.last.map_or(0, |last| last.index + 1);
            if held + missing == expected {
                Ok(())
            } else {
                Err(StoreError::Damaged {
                    what: format!("{held} leaves and {missing} known to be missing, of {expected}"),
                })
            }
        })
    }

    /// Leaves, applied index and membership of a batch, in one transaction, with `committed` as
    /// it was saved just before. Durable when it returns.
    pub(crate) fn save_applied(
        &self,
        leaves: &[(u64, Vec<u8>)],
        applied: &AppliedRecord,
    ) -> Result<(), StoreError> {
        self.write("saving the leaves", Durability::Immediate, |transaction| {
            // Seeded bug `leaves-swapped`.
            if let (true, [one, other]) = (seeded_bug(SeededBug::LeavesSwapped), leaves) {
                put_leaves(transaction, &[(one.0, other.1.clone()), (other.0, one.1.clone())])?;
            } else {
                put_leaves(transaction, leaves)?;
            }
            let known: Option<AppliedRecord> = get_meta(transaction, APPLIED)?;
            let known = known.and_then(|known| known.last).map(|last| last.index);
            // Applying again after a restart runs behind what an earlier life had reached.
            if known.is_none() || applied.last.as_ref().map(|last| last.index) >= known {
                put_meta(transaction, APPLIED, applied)?;
            }
            Ok(())
        })
    }

    /// Adds leaves that a peer sent to the first gap.
    pub(crate) fn fill(&self, from: u64, leaves: &[Vec<u8>]) -> Result<Filled, StoreError> {
        self.write("saving fetched leaves", Durability::Immediate, |transaction| {
            let mut gaps: Vec<Gap> = get_meta(transaction, GAPS)?.unwrap_or_default();
            let Some(gap) = gaps.first_mut() else { return Ok(Filled::Closed) };
            if gap.next != from {
                return Ok(Filled::Partly);
            }
            let mut numbered = Vec::new();
            for leaf in leaves {
                if gap.next > gap.last {
                    break;
                }
                gap.reached.append(leaf);
                numbered.push((gap.next, leaf.clone()));
                gap.next += 1;
            }
            let filled = if gap.next <= gap.last {
                put_leaves(transaction, &numbered)?;
                Filled::Partly
            } else if gap.reached == gap.after {
                put_leaves(transaction, &numbered)?;
                gaps.remove(0);
                Filled::Closed
            } else {
                let mut table =
                    transaction.open_table(LEAVES_TABLE).map_err(StoreError::io("writing"))?;
                table
                    .retain_in(gap.first..=gap.last, |_, _| false)
                    .map_err(StoreError::io("writing"))?;
                gap.next = gap.first;
                gap.reached = gap.before.clone();
                Filled::Refuted
            };
            put_meta(transaction, GAPS, &gaps)?;
            Ok(filled)
        })
    }

    /// Leaves from a number on, in order: at most `count`, and at least one if it is there, but no
    /// more once their bytes exceed `bytes`.
    pub(crate) fn leaves(
        &self,
        from: u64,
        count: usize,
        bytes: usize,
    ) -> Result<Vec<Vec<u8>>, LeavesError> {
        let gaps = self.gaps()?;
        if let Some(gap) = gaps.iter().find(|gap| gap.first <= from && from <= gap.last) {
            return Err(LeavesError::Missing { from: gap.first, to: gap.last });
        }
        // What has been fetched into a gap is not proved before the gap is closed.
        let end = gaps.iter().map(|gap| gap.first).filter(|first| *first > from).min();
        let leaves = self.read("reading the leaves", |transaction| {
            let table = transaction.open_table(LEAVES_TABLE).map_err(StoreError::io("reading"))?;
            let mut leaves = Vec::new();
            let mut size = 0;
            let held = table.range(from..).map_err(StoreError::io("reading"))?;
            for (expected, item) in (from..).zip(held.take(count)) {
                let (index, leaf) = item.map_err(StoreError::io("reading"))?;
                if index.value() != expected || Some(expected) == end {
                    break;
                }
                let leaf = cell::unseal(LEAVES, &index.value(), leaf.value())?.to_vec();
                size += leaf.len();
                leaves.push(leaf);
                if size >= bytes {
                    break;
                }
            }
            Ok(leaves)
        })?;
        Ok(leaves)
    }
}
