//! One flipped byte, one dropped, one swapped entry: the verifier names it.

use std::collections::BTreeSet;

use audit::bundle::{
    CHECKPOINT, ExportError, Files, HASHES, KEYS, LEAVES, MANIFEST, PROOFS, export_log,
};
use audit::leaf_hash;
use audit::verify::{Problem, Severity, Trust, Verification, verify};
use model::text::Lang;
use proptest::prelude::*;

use crate::sample::{head, keys, leaves, log_bundle, run_bundle, signed, signers};

fn trusting() -> Trust {
    Trust { keys: Some(keys()), signatures_needed: None }
}

fn examine(files: &Files) -> Verification {
    verify(files, &trusting())
}

fn lines(files: &Files, name: &str) -> Vec<Vec<u8>> {
    let bytes = &files[name];
    bytes[..bytes.len() - 1].split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

fn put(files: &mut Files, name: &str, lines: &[Vec<u8>]) {
    let bytes = lines.iter().flat_map(|line| [line.as_slice(), b"\n"].concat()).collect();
    files.insert(name.to_owned(), bytes);
}

fn named(found: &Verification, problem: Problem) -> Vec<u64> {
    let of_kind = found.findings.iter().filter(|finding| finding.problem == problem);
    of_kind.filter_map(|finding| finding.leaf).collect()
}

fn all_named(found: &Verification) -> BTreeSet<u64> {
    found.findings.iter().filter_map(|finding| finding.leaf).collect()
}

#[test]
fn an_untouched_bundle_holds_without_a_word() {
    for (files, leaves) in [(log_bundle(), 23), (run_bundle(), 15)] {
        let found = examine(&files);
        assert!(found.holds());
        assert_eq!(found.findings, []);
        assert_eq!(found.signed_by, ["bascule-clinic-room-b", "bascule-clinic-room-c"]);
        assert_eq!((found.keys, found.signatures_needed), (3, 2));
        assert_eq!((found.size, found.leaves_proved), (23, leaves));
    }
}

#[test]
fn a_flipped_byte_of_a_leaf_names_the_leaf() {
    for files in [log_bundle(), run_bundle()] {
        let leaves_in_order: Vec<u64> = lines(&files, LEAVES)
            .iter()
            .map(|line| leaves().iter().position(|leaf| leaf == line).unwrap() as u64)
            .collect();
        let mut line = 0;
        for (at, byte) in files[LEAVES].iter().enumerate() {
            let leaf = leaves_in_order[line];
            let line_feed = *byte == b'\n';
            line += usize::from(line_feed);
            if at % 11 != 0 && !line_feed {
                continue;
            }
            let mut tampered = files.clone();
            tampered.get_mut(LEAVES).unwrap()[at] ^= 1 << (at % 7);
            let found = examine(&tampered);
            assert!(!found.holds(), "byte {at}");
            if line_feed {
                // Two leaves have become one line: one is altered, the other is gone.
                assert!(all_named(&found).contains(&leaf), "byte {at}: {:?}", found.findings);
            } else if tampered[LEAVES][at] != b'\n' {
                assert_eq!(named(&found, Problem::LeafAltered), [leaf], "byte {at}");
                assert_eq!(all_named(&found).len(), 1, "byte {at}: {:?}", found.findings);
            } else {
                assert!(all_named(&found).contains(&leaf), "byte {at}: {:?}", found.findings);
            }
        }
    }
}

#[test]
fn a_flipped_byte_of_any_file_is_found() {
    for files in [log_bundle(), run_bundle()] {
        for (name, bytes) in files.iter().filter(|(name, _)| *name != LEAVES) {
            let stride = if bytes.len() > 2000 { 7 } else { 1 };
            for at in (0..bytes.len()).step_by(stride) {
                let mut tampered = files.clone();
                tampered.get_mut(name).unwrap()[at] ^= 1 << (at % 7);
                let found = examine(&tampered);
                let loud =
                    found.findings.iter().any(|finding| finding.severity >= Severity::Warning);
                assert!(loud, "byte {at} of {name}");
                let names_it = found.findings.iter().any(|finding| {
                    finding.file.as_deref() == Some(name) || name == CHECKPOINT || name == MANIFEST
                });
                assert!(names_it, "byte {at} of {name}: {:?}", found.findings);
            }
        }
    }
}

#[test]
fn a_dropped_leaf_is_named() {
    for files in [log_bundle(), run_bundle()] {
        let whole = lines(&files, LEAVES);
        for dropped in 0..whole.len() {
            let leaf = leaves().iter().position(|leaf| *leaf == whole[dropped]).unwrap() as u64;
            let mut rest = whole.clone();
            rest.remove(dropped);
            let mut tampered = files.clone();
            put(&mut tampered, LEAVES, &rest);
            let found = examine(&tampered);
            assert_eq!(named(&found, Problem::LeafMissing), [leaf], "{:?}", found.findings);
            assert_eq!(all_named(&found).len(), 1, "{:?}", found.findings);
        }
    }
}

#[test]
fn a_leaf_of_a_run_dropped_together_with_its_proof_is_named() {
    let files = run_bundle();
    let (whole, proofs) = (lines(&files, LEAVES), lines(&files, PROOFS));
    for dropped in 0..whole.len() {
        let leaf = leaves().iter().position(|leaf| *leaf == whole[dropped]).unwrap() as u64;
        let (mut rest, mut rest_proofs) = (whole.clone(), proofs.clone());
        rest.remove(dropped);
        rest_proofs.remove(dropped);
        let mut tampered = files.clone();
        put(&mut tampered, LEAVES, &rest);
        put(&mut tampered, PROOFS, &rest_proofs);
        let found = examine(&tampered);
        match leaf {
            // The incident's end, after the run, is there for the reader only.
            21 => assert!(found.holds()),
            // Without the run's end the run counts as unfinished: all up to the log's end is due.
            19 => assert_eq!(named(&found, Problem::LeafMissing), [19, 22]),
            _ => assert_eq!(named(&found, Problem::LeafMissing), [leaf], "{:?}", found.findings),
        }
    }
}

#[test]
fn a_leaf_of_a_run_whose_proof_was_dropped_is_named() {
    let files = run_bundle();
    let proofs = lines(&files, PROOFS);
    for dropped in 0..proofs.len() {
        let leaf = lines(&files, LEAVES)[dropped].clone();
        let leaf = leaves().iter().position(|other| *other == leaf).unwrap() as u64;
        let mut rest = proofs.clone();
        rest.remove(dropped);
        let mut tampered = files.clone();
        put(&mut tampered, PROOFS, &rest);
        let found = examine(&tampered);
        assert_eq!(named(&found, Problem::ProofMissing), [leaf], "{:?}", found.findings);
    }
}

#[test]
fn two_swapped_leaves_are_named() {
    for files in [log_bundle(), run_bundle()] {
        let whole = lines(&files, LEAVES);
        for (first, second) in [(0, 1), (2, 9), (0, whole.len() - 1), (4, 5)] {
            let mut swapped = whole.clone();
            swapped.swap(first, second);
            let mut tampered = files.clone();
            put(&mut tampered, LEAVES, &swapped);
            let found = examine(&tampered);
            let ought: BTreeSet<u64> = [first, second]
                .map(|line| leaves().iter().position(|leaf| *leaf == whole[line]).unwrap() as u64)
                .into();
            let is: BTreeSet<u64> = named(&found, Problem::LeafOutOfPlace).into_iter().collect();
            assert_eq!(is, ought, "{:?}", found.findings);
            assert_eq!(all_named(&found), ought);
        }
    }
}

#[test]
fn a_leaf_that_stands_twice_or_was_made_up_is_named_by_its_line() {
    for files in [log_bundle(), run_bundle()] {
        let whole = lines(&files, LEAVES);
        for (at, line) in [(3, whole[2].clone()), (3, b"{}".to_vec())] {
            let mut more = whole.clone();
            more.insert(at, line);
            let mut tampered = files.clone();
            put(&mut tampered, LEAVES, &more);
            let found = examine(&tampered);
            assert!(!found.holds());
            let text = found.findings[0].line(Lang::En);
            assert!(text.contains("line 4 of `leaves.jsonl`"), "{text}");
        }
    }
}

#[test]
fn a_leaf_altered_together_with_its_listed_hash_fails_against_the_signed_root() {
    let mut files = log_bundle();
    let mut altered = lines(&files, LEAVES);
    altered[12] = String::from_utf8(altered[12].clone()).unwrap().replace("lease", "power").into();
    let mut hashes = lines(&files, HASHES);
    hashes[12] = leaf_hash(&altered[12]).to_string().into();
    put(&mut files, LEAVES, &altered);
    put(&mut files, HASHES, &hashes);
    let found = examine(&files);
    assert!(!found.holds());
    assert_eq!(found.leaves_proved, 0, "nothing is proved once neither leaves nor list hold");

    // In the bundle of a run the leaf has its own path, so it is named all the same.
    let mut files = run_bundle();
    let mut altered = lines(&files, LEAVES);
    let old = leaf_hash(&altered[5]).to_string();
    altered[5] = String::from_utf8(altered[5].clone()).unwrap().replace("\"b\"", "\"c\"").into();
    let new = leaf_hash(&altered[5]).to_string();
    assert_ne!(old, new);
    let proofs = String::from_utf8(files[PROOFS].clone()).unwrap();
    put(&mut files, LEAVES, &altered);
    files.insert(PROOFS.to_owned(), proofs.replacen(&old, &new, 1).into());
    let found = examine(&files);
    assert_eq!(named(&found, Problem::ProofInvalid), [10], "{:?}", found.findings);
}

#[test]
fn an_altered_list_of_hashes_is_named_and_the_leaves_still_hold() {
    let mut files = log_bundle();
    let mut hashes = lines(&files, HASHES);
    hashes[4][0] = if hashes[4][0] == b'0' { b'1' } else { b'0' };
    put(&mut files, HASHES, &hashes);
    let found = examine(&files);
    assert_eq!(named(&found, Problem::HashAltered), [4]);
    assert_eq!(found.leaves_proved, 23);
}

#[test]
fn a_missing_or_cut_file_is_named() {
    for files in [log_bundle(), run_bundle()] {
        for name in files.keys() {
            let mut without = files.clone();
            without.remove(name);
            let found = examine(&without);
            assert!(!found.holds(), "{name}");
            let first = &found.findings[0];
            assert_eq!((first.problem, first.file.as_ref()), (Problem::FileMissing, Some(name)));

            for keep in [0, 1, files[name].len() / 2, files[name].len() - 1] {
                let mut cut = files.clone();
                cut.get_mut(name).unwrap().truncate(keep);
                let found = examine(&cut);
                let loud = found.findings.iter().any(|finding| {
                    finding.severity >= Severity::Warning
                        && finding
                            .file
                            .as_ref()
                            .is_some_and(|file| file == name || name == CHECKPOINT)
                });
                // Trusted keys stand in for an emptied list of keys.
                assert!(loud || (name == KEYS && keep == 0), "{name} cut to {keep} bytes");
            }
        }
    }
}

#[test]
fn signatures_that_are_too_few_or_false_or_strange_are_told_apart() {
    let leaves = leaves();
    let bundle =
        |note: &audit::note::SignedNote| export_log(&head(note, &keys()), &leaves).unwrap();

    let one = bundle(&signed(&leaves, 23, &signers()[..1]));
    let found = examine(&one);
    assert_eq!(found.findings.len(), 1);
    assert_eq!(found.findings[0].problem, Problem::SignaturesTooFew);
    assert_eq!(found.leaves_proved, 0);
    assert!(verify(&one, &Trust { signatures_needed: Some(1), ..trusting() }).holds());

    let mut files = log_bundle();
    let text = String::from_utf8(files[CHECKPOINT].clone()).unwrap();
    files.insert(CHECKPOINT.to_owned(), text.replace("\n23\n", "\n22\n").into());
    let found = examine(&files);
    let invalid: Vec<&str> = found
        .findings
        .iter()
        .filter(|finding| finding.problem == Problem::SignatureInvalid)
        .map(|finding| finding.text.in_lang(Lang::En))
        .collect();
    assert_eq!(invalid.len(), 2, "{invalid:?}");
    assert!(found.signed_by.is_empty());

    let strangers = Trust { keys: Some(keys()[..1].to_vec()), signatures_needed: None };
    let found = verify(&log_bundle(), &strangers);
    assert!(!found.holds());
    assert!(found.findings.iter().any(|f| f.problem == Problem::SignatureByUnknownKey));
    assert!(found.findings.iter().any(|f| f.problem == Problem::KeysDiffer));
}

#[test]
fn keys_that_only_the_bundle_vouches_for_are_said_to_be_so() {
    let found = verify(&log_bundle(), &Trust::default());
    assert!(found.holds());
    assert_eq!(found.findings.len(), 1);
    assert_eq!(found.findings[0].problem, Problem::KeysFromBundle);
    assert!(found.findings[0].line(Lang::Fr).contains("bascule-clinic-room-a+"));
}

#[test]
fn one_key_under_two_names_signs_once() {
    let [a, ..] = signers();
    let twin = audit::note::NoteSigner::from_seed(
        audit::note::KeyName::new("bascule-clinic-room-d").unwrap(),
        [1; 32],
    );
    let leaves = leaves();
    let note = signed(&leaves, 23, &[a.clone(), twin.clone()]);
    let mut known = keys();
    known.push(twin.verifier());
    let files = export_log(&head(&note, &known), &leaves).unwrap();
    let found = verify(&files, &Trust { keys: Some(known), signatures_needed: None });
    assert_eq!((found.keys, found.signed_by.len()), (3, 1));
    assert!(!found.holds());
}

#[test]
fn leaves_that_are_not_the_signed_ones_are_not_exported() {
    let mut leaves = leaves();
    let note = signed(&leaves, 23, &signers());
    leaves[3] = b"{}".to_vec();
    let error = export_log(&head(&note, &keys()), &leaves).unwrap_err();
    assert_eq!(error, ExportError::Root { size: 23 });
    leaves.truncate(20);
    assert!(matches!(export_log(&head(&note, &keys()), &leaves), Err(ExportError::Leaves(_))));
}

#[test]
fn a_signed_leaf_that_is_no_leaf_of_this_log_is_named() {
    let signers = signers();
    for (leaf, says) in [
        (&b"not json"[..], "not JSON"),
        (b"{\"b\":1, \"a\":2}", "not in canonical form"),
        (b"{\"a\":1}", "not an event of this log"),
        (&leaves()[4], "it is entry 0/4"),
    ] {
        let mut leaves = leaves();
        leaves[9] = leaf.to_vec();
        let note = signed(&leaves, 23, &signers);
        let files = export_log(&head(&note, &keys()), &leaves).unwrap();
        let found = examine(&files);
        assert_eq!(named(&found, Problem::LeafMalformed), [9]);
        let text = found.findings[0].line(Lang::En);
        assert!(text.contains(says), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_edit_of_a_bundle_passes_unnoticed_or_stops_the_verifier(
        whole in any::<bool>(),
        file in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        cut in 0_usize..40,
        with in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let original = if whole { log_bundle() } else { run_bundle() };
        let mut files = original.clone();
        let (name, bytes) = files.iter_mut().nth(file.index(original.len())).unwrap();
        let from = at.index(bytes.len());
        let to = bytes.len().min(from + cut);
        bytes.splice(from..to, with);
        let (name, changed) = (name.clone(), original != files);
        let found = examine(&files);
        let loud = found.findings.iter().any(|finding| finding.severity >= Severity::Warning);
        prop_assert_eq!(loud, changed, "{}: {:?}", name, found.findings);
        prop_assert_eq!(found.holds() && changed && name != CHECKPOINT && name != KEYS, false);
        // Whatever the bytes are, the log of the run is made or refused, and never a panic.
        let _ = audit::run_log::run_log(&files, &trusting());
    }

    #[test]
    fn a_forged_size_of_any_magnitude_is_refused_at_once(size in any::<u64>()) {
        for mut files in [log_bundle(), run_bundle()] {
            let note = String::from_utf8(files[CHECKPOINT].clone()).unwrap();
            let forged = note.replace("\n23\n", &format!("\n{size}\n"));
            files.insert(CHECKPOINT.to_owned(), forged.into());
            let manifest = String::from_utf8(files[MANIFEST].clone()).unwrap();
            let forged = manifest.replace("\"size\":23", &format!("\"size\":{size}"));
            files.insert(MANIFEST.to_owned(), forged.into());
            let found = examine(&files);
            prop_assert_eq!(found.holds(), size == 23);
        }
    }
}
