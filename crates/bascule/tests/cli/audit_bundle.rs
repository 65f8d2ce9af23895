//! Verifying bundles, and telling runs from them, with no cluster.

use std::path::{Path, PathBuf};

use audit::Tree;
use audit::bundle::{Files, SignedHead, export_log, export_run};
use audit::checkpoint::{Checkpoint, cosign, origin};
use audit::leaf::{LeafInput, leaf_bytes};
use audit::note::{KeyName, NoteSigner};
use model::era::Era;
use model::id::{ControllerId, RunId};
use model::time::{LogTime, WallTime};
use serde_json::{Value, json};

use crate::bascule::{Ran, run};

fn signers() -> Vec<NoteSigner> {
    [("a", 1), ("b", 2), ("c", 3)]
        .into_iter()
        .map(|(room, seed)| {
            NoteSigner::from_seed(KeyName::of_room("clinic", &room.into()).unwrap(), [seed; 32])
        })
        .collect()
}

fn commands() -> Vec<Value> {
    vec![
        json!({"command": "leader-started", "controller": 1}),
        json!({"command": "incident-opened", "cause": {"class": "host-lost", "host": "a1"},
               "evidence": [], "last_seen_up": 0, "hold_off": "0s"}),
        json!({"command": "run-started", "incident": 1, "runbook": "host-loss",
               "runbook_hash": "sha256:aa", "estate_hash": "sha256:bb",
               "plan": {"items": [], "starts_at_once_per_host": 4,
                        "starts_at_once_per_volume": 4, "shed": [], "forecast": "0s"}}),
        json!({"command": "run-ended", "run": 2, "end": {"end": "succeeded"}}),
        json!({"command": "incident-ended", "incident": 1, "withdrawn": false, "reason": "it is back"}),
        json!({"command": "resumed"}),
    ]
}

fn bundle(of_run: Option<RunId>) -> Files {
    let leaves: Vec<Vec<u8>> = (0..)
        .zip(commands())
        .map(|(index, command)| {
            leaf_bytes(LeafInput {
                cluster: "clinic",
                era: Era(0),
                index,
                term: 1,
                kind: command["command"].as_str().unwrap(),
                at: LogTime(index * 1000),
                wall: WallTime(1_700_000_000_000),
                by: Some(ControllerId(1)),
                person: None,
                command: command.clone(),
                applied: json!({"rejected": null, "effects": []}),
            })
        })
        .collect();
    let mut tree = Tree::default();
    for leaf in &leaves {
        tree.append(leaf);
    }
    let size = leaves.len() as u64;
    let signed = Checkpoint::new(origin("clinic", Era(0)), size, tree.root_at(size).unwrap());
    let mut note = signed.to_note().unwrap();
    for signer in &signers() {
        note.add(cosign(signer, None, &signed, &[]).unwrap());
    }
    let keys: Vec<_> = signers().iter().map(NoteSigner::verifier).collect();
    let head = SignedHead {
        cluster: "clinic",
        era: Era(0),
        first_index: 0,
        checkpoint: &note,
        keys: &keys,
    };
    match of_run {
        None => export_log(&head, &leaves).unwrap(),
        Some(run) => export_run(&head, &leaves, run).unwrap(),
    }
}

fn written(files: &Files) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    let path = folder.path().to_owned();
    (folder, path)
}

fn verify(path: &Path, more: &[&str]) -> Ran {
    run([&["audit", "verify", &path.display().to_string()], more].concat())
}

#[test]
fn a_whole_bundle_holds_and_one_flipped_byte_is_named() {
    let (_folder, path) = written(&bundle(None));
    let whole = verify(&path, &[]);
    assert!(whole.code == 0 && whole.stdout.contains("The bundle holds"), "{whole:?}");
    assert!(whole.stdout.contains("6 leaves, 6 proved"), "{whole:?}");

    let leaves = std::fs::read_to_string(path.join("leaves.jsonl")).unwrap();
    std::fs::write(path.join("leaves.jsonl"), leaves.replace("it is back", "it is bad.")).unwrap();
    let flipped = verify(&path, &[]);
    assert_eq!(flipped.code, 1, "{flipped:?}");
    assert!(flipped.stdout.contains("ERROR") && flipped.stdout.contains('4'), "{flipped:?}");
    let json = verify(&path, &["-o", "json"]);
    assert!(
        json.json()["findings"].as_array().unwrap().iter().any(|found| found["leaf"] == 4),
        "{json:?}"
    );
    let french = verify(&path, &["--lang", "fr"]);
    assert!(french.stdout.contains("N'EST PAS INTÈGRE"), "{french:?}");
}

#[test]
fn a_dropped_and_a_swapped_entry_are_named() {
    fn drop_one(lines: &mut Vec<&str>) {
        lines.remove(2);
    }
    fn swap_two(lines: &mut Vec<&str>) {
        lines.swap(2, 3);
    }
    for change in [drop_one as fn(&mut Vec<&str>), swap_two] {
        let (_folder, path) = written(&bundle(None));
        let text = std::fs::read_to_string(path.join("leaves.jsonl")).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        change(&mut lines);
        std::fs::write(path.join("leaves.jsonl"), lines.join("\n") + "\n").unwrap();
        let ran = verify(&path, &["-o", "json"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        let findings = ran.json()["findings"].clone();
        assert!(findings.as_array().unwrap().iter().any(|found| found["leaf"] == 2), "{ran:?}");
    }
}

#[test]
fn keys_from_another_source_decide() {
    let (folder, path) = written(&bundle(None));
    let keys = folder.path().join("trusted");
    let right: String = signers().iter().map(|signer| format!("{}\n", signer.verifier())).collect();
    std::fs::write(&keys, right).unwrap();
    let keys_arg = keys.display().to_string();
    // The file lies in the bundle's folder and is none of its files: a warning, no more.
    assert_eq!(verify(&path, &["--keys", &keys_arg]).code, 0);

    let other = NoteSigner::from_seed(KeyName::new("other").unwrap(), [9; 32]).verifier();
    std::fs::write(&keys, format!("{other}\n")).unwrap();
    assert_eq!(verify(&path, &["--keys", &keys_arg]).code, 1);
    std::fs::write(&keys, "no key\n").unwrap();
    let ran = verify(&path, &["--keys", &keys_arg]);
    assert!(ran.code == 3 && ran.stderr.contains("line 1"), "{ran:?}");
}

#[test]
fn a_run_is_told_from_its_bundle_alone_in_both_languages() {
    let (_folder, path) = written(&bundle(Some(RunId(2))));
    let path = path.display().to_string();
    let english = run(["run", "log", "2", "--bundle", &path]);
    assert!(english.code == 0 && english.stdout.contains("host-loss"), "{english:?}");
    let french = run(["run", "log", "run-2", "--bundle", &path, "--lang", "fr"]);
    assert_eq!(french.code, 0, "{french:?}");
    assert_ne!(english.stdout, french.stdout);
    let json = run(["run", "log", "2", "--bundle", &path, "-o", "json"]);
    assert_eq!(json.json()["run"], 2, "{json:?}");
    assert_eq!(run(["run", "log", "3", "--bundle", &path]).code, 6);
}

#[test]
fn a_folder_that_is_no_bundle_proves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let ran = verify(folder.path(), &[]);
    assert!(ran.code == 1 && ran.stdout.contains("manifest.json"), "{ran:?}");
    assert_eq!(run(["audit", "verify", "/nonexistent"]).code, 3);
}
