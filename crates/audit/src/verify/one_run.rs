//! Checks the bundle of one run: each leaf by its own path to the signed root, and that none
//! between the run's start and its end was left out.

use std::collections::{BTreeMap, BTreeSet};

use super::alignment::{Expected, align};
use super::{ExaminedLeaf, Finding, Head, Problem, content, file, lines, unreadable, whole_log};
use crate::bundle::{Files, LEAVES, MANIFEST, PROOFS, ProofLine, command};
use crate::hash::{Hash, leaf_hash};
use crate::leaf_view::LeafView;
use crate::tree::verify_inclusion;

pub(super) fn check<'a>(
    files: &'a Files,
    head: &Head,
    findings: &mut Vec<Finding>,
) -> Vec<ExaminedLeaf<'a>> {
    let Some(bytes) = file(files, LEAVES, findings) else { return Vec::new() };
    let lines = lines(LEAVES, bytes, findings);
    let hashes: Vec<Hash> = lines.iter().map(|line| leaf_hash(line)).collect();
    let proofs = proofs(files, findings);
    let expected: Vec<Expected> =
        proofs.values().map(|proof| Expected { leaf: proof.leaf, hash: proof.hash }).collect();
    let claims =
        |line: usize| LeafView::read(lines[line])?.index.checked_sub(head.manifest.first_index);
    let mut alignment = align(&hashes, &expected, claims);

    // A line whose bytes are not the listed ones may still be the signed leaf: then the list was
    // altered. The path, not the list, has the last word.
    let mut proved = BTreeSet::new();
    for (line, leaf) in alignment.leaf_of_line.iter().enumerate() {
        let Some(proof) = leaf.and_then(|leaf| proofs.get(&leaf)) else { continue };
        let leaf = proof.leaf;
        let holds = verify_inclusion(head.root, head.size, leaf, lines[line], &proof.path);
        let listed = !alignment.altered.contains(&leaf);
        match (holds, listed) {
            (Ok(()), true) => {}
            (Ok(()), false) => {
                alignment.altered.remove(&leaf);
                findings.push(hash_altered(leaf));
            }
            (Err(error), true) => findings.push(proof_invalid(leaf, &error.to_string())),
            (Err(_), false) => {}
        }
        if holds.is_ok() {
            proved.insert(leaf);
        }
    }
    // A line without a proof is a leaf whose proof was dropped, if it claims to be such a one.
    let mut unproved = BTreeSet::new();
    alignment.extra.retain(|line| {
        let leaf = claims(*line).filter(|leaf| *leaf < head.size && !proofs.contains_key(leaf));
        let kept = leaf.filter(|leaf| unproved.insert(*leaf));
        findings.extend(kept.map(|leaf| proof_missing(leaf, line + 1)));
        kept.is_none()
    });
    whole_log::report(&alignment, LEAVES, findings);

    let mut leaves = Vec::new();
    for (line, leaf) in alignment.leaf_of_line.iter().enumerate() {
        let Some(leaf) = *leaf else { continue };
        let (bytes, proved) = (lines[line], proved.contains(&leaf));
        if proved {
            findings.extend(content::check(head, leaf, bytes));
        }
        leaves.push(ExaminedLeaf { leaf, bytes, proved });
    }
    leaves.sort_by_key(|leaf| leaf.leaf);
    let known: BTreeSet<u64> = alignment
        .missing
        .iter()
        .copied()
        .chain(leaves.iter().map(|leaf| leaf.leaf))
        .chain(unproved)
        .collect();
    complete(head, &leaves, &known, findings);
    leaves
}

fn proofs(files: &Files, findings: &mut Vec<Finding>) -> BTreeMap<u64, ProofLine> {
    let Some(bytes) = file(files, PROOFS, findings) else { return BTreeMap::new() };
    let mut proofs = BTreeMap::new();
    let mut last = None;
    for (number, line) in lines(PROOFS, bytes, findings).into_iter().enumerate() {
        let number = number + 1;
        let Some(proof) = ProofLine::from_bytes(line) else {
            findings.push(unreadable(
                PROOFS,
                &format!("line {number} is not a proof, or was altered"),
                &format!("la ligne {number} n'est pas une preuve, ou a été altérée"),
            ));
            continue;
        };
        if last.is_some_and(|last| proof.leaf <= last) {
            findings.push(unreadable(
                PROOFS,
                &format!("line {number}, of leaf {}, is out of order", proof.leaf),
                &format!("la ligne {number}, de la feuille {}, n'est pas à sa place", proof.leaf),
            ));
        }
        last = Some(proof.leaf);
        proofs.insert(proof.leaf, proof);
    }
    proofs
}

/// Every leaf from the run's start to its end, or to the end of the log, is there; so is the
/// incident's first.
fn complete(
    head: &Head,
    leaves: &[ExaminedLeaf<'_>],
    known: &BTreeSet<u64>,
    findings: &mut Vec<Finding>,
) {
    let first_index = head.manifest.first_index;
    let start = head.manifest.run.and_then(|run| run.0.checked_sub(first_index));
    let Some(start) = start.filter(|start| *start < head.size) else {
        findings.push(
            Finding::error(
                Problem::ManifestDiffers,
                "the manifest names no run that this log can hold".to_owned(),
                "le manifeste ne nomme aucune exécution que ce journal puisse contenir".to_owned(),
            )
            .of_file(MANIFEST),
        );
        return;
    };
    let view = |leaf: u64| {
        let found = leaves.iter().find(|examined| examined.leaf == leaf && examined.proved)?;
        LeafView::read(found.bytes)
    };
    let started = view(start);
    if started.as_ref().is_some_and(|started| started.kind != command::RUN_STARTED) {
        findings.push(
            Finding::error(
                Problem::ManifestDiffers,
                format!("leaf {start} starts no run, but the manifest says so"),
                format!("la feuille {start} ne lance aucune exécution, contrairement au manifeste"),
            )
            .of_leaf(start)
            .of_file(MANIFEST),
        );
        return;
    }
    let run = start + first_index;
    let end = leaves
        .iter()
        .filter(|examined| examined.proved && examined.leaf > start)
        .filter_map(|examined| Some((examined.leaf, LeafView::read(examined.bytes)?)))
        .find(|(_, view)| {
            view.kind == command::RUN_ENDED && view.run() == Some(run) && !view.is_rejected()
        })
        .map(|(leaf, _)| leaf)
        .or_else(|| unproved_end(leaves, known, start))
        .unwrap_or(head.size - 1);
    let incident = started
        .and_then(|started| started.field::<u64>("incident"))
        .and_then(|incident| incident.checked_sub(first_index));
    let before = incident.filter(|leaf| !known.contains(leaf)).map(|leaf| (leaf, leaf));
    for (first, last) in before.into_iter().chain(gaps(known, start, end)) {
        let (en, fr) = if first == last {
            (format!("leaf {first} was"), format!("la feuille {first} a été retirée"))
        } else {
            (
                format!("leaves {first} to {last} were"),
                format!("les feuilles {first} à {last} ont été retirées"),
            )
        };
        findings.push(
            Finding::error(
                Problem::LeafMissing,
                format!("{en} left out of the run's leaves, with the proof"),
                format!("{fr} de cette exécution, preuve comprise"),
            )
            .of_leaf(first)
            .of_file(LEAVES),
        );
    }
}

/// The last leaf of the unbroken range from the run's start, if that leaf is missing or not proved:
/// then it may well be the run's end, it has its finding already, and nothing after it is due.
fn unproved_end(leaves: &[ExaminedLeaf<'_>], known: &BTreeSet<u64>, start: u64) -> Option<u64> {
    let last = (start..).zip(known.range(start..)).take_while(|(due, leaf)| due == *leaf).last()?.0;
    let proved = leaves.iter().any(|examined| examined.leaf == last && examined.proved);
    (!proved).then_some(last)
}

/// The ranges within `start..=end` of which nothing is known. The end may be a forged one and as
/// far away as a number can be: this takes no longer for it.
fn gaps(known: &BTreeSet<u64>, start: u64, end: u64) -> Vec<(u64, u64)> {
    let mut gaps = Vec::new();
    let mut next = start;
    for leaf in known.range(start..=end.max(start)) {
        if *leaf > next {
            gaps.push((next, leaf - 1));
        }
        next = leaf.saturating_add(1);
    }
    if next <= end {
        gaps.push((next, end));
    }
    gaps
}

fn hash_altered(leaf: u64) -> Finding {
    Finding::error(
        Problem::HashAltered,
        format!("leaf {leaf} is the signed one, but its hash in `{PROOFS}` was altered"),
        format!("la feuille {leaf} est bien celle qui a été signée, mais son empreinte dans `{PROOFS}` a été altérée"),
    )
    .of_leaf(leaf)
    .of_file(PROOFS)
}

fn proof_missing(leaf: u64, line: usize) -> Finding {
    Finding::error(
        Problem::ProofMissing,
        format!("leaf {leaf} (line {line} of `{LEAVES}`) has no proof in `{PROOFS}`"),
        format!("la feuille {leaf} (ligne {line} de `{LEAVES}`) n'a pas de preuve dans `{PROOFS}`"),
    )
    .of_leaf(leaf)
    .of_file(PROOFS)
}

fn proof_invalid(leaf: u64, why: &str) -> Finding {
    Finding::error(
        Problem::ProofInvalid,
        format!("leaf {leaf} is not proved: {why}; the leaf with its hash, the path or the checkpoint was altered"),
        format!("la feuille {leaf} n'est pas prouvée : son chemin ne mène pas à la racine signée ; la feuille avec son empreinte, le chemin ou le point de contrôle a été altéré"),
    )
    .of_leaf(leaf)
    .of_file(PROOFS)
}
