//! Finds out which line of a file stands for which leaf when some were altered, dropped, added or
//! moved.

use std::collections::{BTreeMap, BTreeSet};

use crate::hash::Hash;

/// A leaf as it ought to stand in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    pub(crate) leaf: u64,
    pub(crate) hash: Hash,
}

/// How lines and leaves correspond.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Alignment {
    /// For each line its leaf, if it stands for one.
    pub(crate) leaf_of_line: Vec<Option<u64>>,
    /// Leaves whose line has other bytes.
    pub(crate) altered: BTreeSet<u64>,
    /// Leaves without a line.
    pub(crate) missing: BTreeSet<u64>,
    /// Leaves whose line stands where another's belongs.
    pub(crate) out_of_place: BTreeSet<u64>,
    /// Lines (from 0) that stand for no leaf, or for one that has a line already.
    pub(crate) extra: Vec<usize>,
}

/// Aligns the lines (by their hashes) with the expected leaves, which are in rising order.
/// `claims` tells which leaf an unrecognised line claims to be.
pub(crate) fn align(
    lines: &[Hash],
    expected: &[Expected],
    claims: impl Fn(usize) -> Option<u64>,
) -> Alignment {
    if lines.len() == expected.len()
        && lines.iter().zip(expected).all(|(line, expected)| *line == expected.hash)
    {
        let leaf_of_line = expected.iter().map(|expected| Some(expected.leaf)).collect();
        return Alignment { leaf_of_line, ..Alignment::default() };
    }
    let leaf_by_hash: BTreeMap<Hash, u64> =
        expected.iter().map(|expected| (expected.hash, expected.leaf)).collect();
    let mut missing: BTreeSet<u64> = expected.iter().map(|expected| expected.leaf).collect();
    let mut leaf_of_line: Vec<Option<u64>> = lines
        .iter()
        .map(|hash| leaf_by_hash.get(hash).copied().filter(|leaf| missing.remove(leaf)))
        .collect();

    // A line with unknown bytes is first believed in what it claims to be, then taken for the
    // leaf that is missing beside its neighbours.
    let mut altered = BTreeSet::new();
    for line in 0..lines.len() {
        if leaf_of_line[line].is_some() || leaf_by_hash.contains_key(&lines[line]) {
            continue;
        }
        if let Some(leaf) = claims(line).filter(|leaf| missing.remove(leaf)) {
            leaf_of_line[line] = Some(leaf);
            altered.insert(leaf);
        }
    }
    let mut after: Vec<Option<u64>> = vec![None; lines.len()];
    for line in (1..lines.len()).rev() {
        after[line - 1] = leaf_of_line[line].or(after[line]);
    }
    let mut due = 0;
    for line in 0..lines.len() {
        if leaf_of_line[line].is_none() && !leaf_by_hash.contains_key(&lines[line]) {
            let next = missing.range(due..).next().copied();
            if let Some(leaf) = next.filter(|leaf| after[line].is_none_or(|after| *leaf < after)) {
                missing.remove(&leaf);
                leaf_of_line[line] = Some(leaf);
                altered.insert(leaf);
            }
        }
        due = leaf_of_line[line].map_or(due, |leaf| leaf + 1);
    }

    let present: Vec<u64> = leaf_of_line.iter().filter_map(|leaf| *leaf).collect();
    let mut sorted = present.clone();
    sorted.sort_unstable();
    let out_of_place =
        present.iter().zip(&sorted).filter(|(is, ought)| is != ought).map(|(is, _)| *is).collect();
    let extra = (0..lines.len()).filter(|line| leaf_of_line[*line].is_none()).collect();
    Alignment { leaf_of_line, altered, missing, out_of_place, extra }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::hash::leaf_hash;

    fn run(lines: &[&str], claims: &[(usize, u64)]) -> Alignment {
        let expected: Vec<Expected> = ["a", "b", "c", "d", "e"]
            .iter()
            .zip(10..)
            .map(|(text, leaf)| Expected { leaf, hash: leaf_hash(text.as_bytes()) })
            .collect();
        let lines: Vec<Hash> = lines.iter().map(|line| leaf_hash(line.as_bytes())).collect();
        let claims: BTreeMap<usize, u64> = claims.iter().copied().collect();
        align(&lines, &expected, |line| claims.get(&line).copied())
    }

    #[test]
    fn each_kind_of_change_names_its_leaf() {
        type Row<'a> =
            (&'a [&'a str], &'a [(usize, u64)], &'a [u64], &'a [u64], &'a [u64], &'a [usize]);
        let rows: &[Row<'_>] = &[
            // lines, claims, altered, missing, out of place, extra
            (&["a", "b", "c", "d", "e"], &[], &[], &[], &[], &[]),
            (&["a", "b", "X", "d", "e"], &[], &[12], &[], &[], &[]),
            (&["a", "b", "X", "d", "e"], &[(2, 12)], &[12], &[], &[], &[]),
            (&["a", "b", "X", "d", "e"], &[(2, 99)], &[12], &[], &[], &[]),
            (&["X", "b", "c", "d", "e"], &[], &[10], &[], &[], &[]),
            (&["a", "b", "c", "d", "X"], &[], &[14], &[], &[], &[]),
            (&["a", "c", "d", "e"], &[], &[], &[11], &[], &[]),
            (&["b", "c", "d", "e"], &[], &[], &[10], &[], &[]),
            (&["a", "b", "c", "d"], &[], &[], &[14], &[], &[]),
            (&["a", "d", "c", "b", "e"], &[], &[], &[], &[11, 13], &[]),
            (&["a", "b", "c", "d", "e", "e"], &[], &[], &[], &[], &[5]),
            (&["a", "X", "b", "c", "d", "e"], &[], &[], &[], &[], &[1]),
            (&["a", "X", "d", "e"], &[(1, 12)], &[12], &[11], &[], &[]),
            (&["a", "X", "Y", "c", "d", "e"], &[], &[11], &[], &[], &[2]),
            (&[], &[], &[], &[10, 11, 12, 13, 14], &[], &[]),
        ];
        for (lines, claims, altered, missing, out_of_place, extra) in rows {
            let alignment = run(lines, claims);
            let names = |set: &BTreeSet<u64>| set.iter().copied().collect::<Vec<_>>();
            assert_eq!(names(&alignment.altered), *altered, "altered in {lines:?}");
            assert_eq!(names(&alignment.missing), *missing, "missing in {lines:?}");
            assert_eq!(names(&alignment.out_of_place), *out_of_place, "moved in {lines:?}");
            assert_eq!(alignment.extra, *extra, "extra in {lines:?}");
        }
    }
}
