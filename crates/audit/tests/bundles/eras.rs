//! A log over three eras: each is linked to the one before by an order that two persons signed.

use audit::bundle::{ExportError, Files, add_older_era, export_log, export_run, leaves_of};
use audit::checkpoint::{Checkpoint, cosign, origin};
use audit::era_order::SignedOrder;
use audit::leaf::{LeafInput, leaf_bytes};
use audit::note::{KeyName, NoteSigner, NoteVerifier, SignedNote};
use audit::verify::{Problem, Trust, Verification, verify};
use audit::{Frontier, Tree};
use model::era::Era;
use model::era_order::{EraOrder, OldLog, OpenedFrom};
use model::id::{ControllerId, RunId};
use model::text::Lang;
use model::time::{LogTime, WallTime};
use serde_json::{Value, json};

use crate::sample::{head_of, signers};

fn person(name: &str, seed: u8) -> NoteSigner {
    NoteSigner::from_seed(KeyName::new(name).unwrap(), [seed; 32])
}

fn claire() -> NoteSigner {
    person("claire", 11)
}

fn marc() -> NoteSigner {
    person("marc", 12)
}

/// A policy as it stands in the log, with these persons.
fn policy(persons: &[NoteSigner]) -> Value {
    let named: serde_json::Map<String, Value> = persons
        .iter()
        .map(|person| {
            let key = person.verifier().to_string();
            (person.name().to_string(), json!({"key": key, "roles": ["opens-eras"]}))
        })
        .collect();
    json!({"hash": "aa", "value": {"persons": named}})
}

fn leaf(era: u64, index: u64, command: Value) -> Vec<u8> {
    let kind = command["command"].as_str().unwrap().to_owned();
    leaf_bytes(LeafInput {
        cluster: "clinic",
        era: Era(era),
        index,
        term: 1,
        kind: &kind,
        at: LogTime(index),
        wall: WallTime(1_700_000_000_000),
        by: Some(ControllerId(3)),
        person: None,
        command,
        applied: json!({"rejected": null, "effects": []}),
    })
}

fn first_era(persons: &[NoteSigner]) -> Vec<Vec<u8>> {
    let loaded = json!({"command": "estate-loaded", "policy": policy(persons)});
    let mut leaves = vec![leaf(0, 0, json!({"command": "cluster-formed"})), leaf(0, 1, loaded)];
    leaves.extend((2..7).map(|index| leaf(0, index, json!({"command": "observed"}))));
    leaves
}

fn frontier(leaves: &[Vec<u8>]) -> Frontier {
    let mut tree = Frontier::default();
    leaves.iter().for_each(|leaf| {
        tree.append(leaf);
    });
    tree
}

fn order(era: u64, old: &[Vec<u8>]) -> EraOrder {
    let tree = frontier(old);
    EraOrder {
        cluster: "clinic".to_owned(),
        era: Era(era),
        from: OpenedFrom::Survivor,
        controller: ControllerId(3),
        room: "c".into(),
        old: OldLog {
            era: Era(era - 1),
            origin: origin("clinic", Era(era - 1)),
            size: tree.size,
            root: tree.root().to_string(),
        },
        hosts: Vec::new(),
        channels: Vec::new(),
        statement: "Both rooms burned.".to_owned(),
        reason: "fire".to_owned(),
    }
}

/// The leaves of an era that goes on from this log.
fn next_era(era: u64, old: &[Vec<u8>], by: &[NoteSigner], named: &[NoteSigner]) -> Vec<Vec<u8>> {
    let mut signed = SignedOrder::draft(order(era, old)).unwrap();
    by.iter().for_each(|signer| signed.sign(signer).unwrap());
    let carried = json!({"policy": policy(named), "audit": frontier(old)}).to_string();
    let opening = json!({"order": signed.to_string(), "carried": carried, "tail": []});
    let mut leaves = vec![leaf(era, 0, json!({"command": "era-opened", "opening": opening}))];
    leaves.extend((1..4).map(|index| leaf(era, index, json!({"command": "observed"}))));
    leaves
}

fn note(era: u64, leaves: &[Vec<u8>], by: &[NoteSigner]) -> SignedNote {
    let mut tree = Tree::default();
    leaves.iter().for_each(|leaf| {
        tree.append(leaf);
    });
    let size = leaves.len() as u64;
    let head = Checkpoint::new(origin("clinic", Era(era)), size, tree.root_at(size).unwrap());
    let mut note = head.to_note().unwrap();
    by.iter().for_each(|signer| note.add(cosign(signer, None, &head, &[]).unwrap()));
    note
}

fn keys() -> Vec<NoteVerifier> {
    signers().iter().map(NoteSigner::verifier).collect()
}

/// The bundle of the newest of these eras and all before; only room c signs, alone as it is.
fn bundle(eras: &[Vec<Vec<u8>>]) -> Result<Files, ExportError> {
    let newest = eras.last().unwrap();
    let era = eras.len() as u64 - 1;
    let note = note(era, newest, &signers()[2..]);
    let keys = keys();
    let head = head_of(era, &note, &keys);
    let mut files = export_log(&head, newest)?;
    for pair in eras.windows(2) {
        add_older_era(&mut files, &SignedOrder::of_leaf(&pair[1][0]).unwrap(), &pair[0])?;
    }
    Ok(files)
}

fn three_eras() -> Vec<Vec<Vec<u8>>> {
    let named = [claire(), marc()];
    let zero = first_era(&named);
    let one = next_era(1, &zero, &named, &named);
    let two = next_era(2, &one, &named, &named);
    vec![zero, one, two]
}

fn examine(files: &Files) -> Verification {
    verify(files, &Trust { keys: Some(keys()), signatures_needed: None })
}

/// The sentences of one kind of finding, in both languages.
fn sentences(found: &Verification, problem: Problem) -> Vec<(String, String)> {
    let of_kind = found.findings.iter().filter(|finding| finding.problem == problem);
    of_kind.map(|finding| (finding.line(Lang::En), finding.line(Lang::Fr))).collect()
}

#[track_caller]
fn says(found: &Verification, problem: Problem, en: &str, fr: &str) {
    assert!(!found.holds());
    let said = sentences(found, problem);
    let there = said.iter().any(|(english, french)| english.contains(en) && french.contains(fr));
    assert!(there, "{:?}", found.findings);
}

#[test]
fn three_eras_hold_and_only_the_room_that_is_left_has_to_sign() {
    let found = examine(&bundle(&three_eras()).unwrap());
    assert_eq!(found.findings, []);
    assert!(found.holds());
    assert_eq!((found.era, found.size, found.leaves_proved), (Era(2), 4, 4));
    assert_eq!((found.keys, found.signatures_needed), (1, 1));
    let older: Vec<_> = found.older_eras.iter().map(|e| (e.era, e.size, e.leaves_proved)).collect();
    assert_eq!(older, [(Era(1), 4, 4), (Era(0), 7, 7)]);
    for era in &found.older_eras {
        assert_eq!(era.signed_by, ["claire".into(), "marc".into()].into());
    }
}

#[test]
fn a_leaf_of_an_older_era_that_was_altered_is_named() {
    for era in 0..2 {
        let mut files = bundle(&three_eras()).unwrap();
        let leaves = files.get_mut(&leaves_of(Era(era))).unwrap();
        let text = String::from_utf8(leaves.clone()).unwrap();
        *leaves = text.replacen("observed", "obscured", 1).into_bytes();
        let found = examine(&files);
        let leaf = if era == 0 { 2 } else { 1 };
        let en = format!("era {era}: leaf {leaf} was altered");
        let fr = format!("ère {era} : la feuille {leaf} a été altérée");
        says(&found, Problem::LeafAltered, &en, &fr);
    }
}

#[test]
fn a_leaf_of_an_older_era_that_was_left_out_is_named() {
    let mut files = bundle(&three_eras()).unwrap();
    let leaves = files.get_mut(&leaves_of(Era(0))).unwrap();
    let text = String::from_utf8(leaves.clone()).unwrap();
    let without: String =
        text.lines().filter(|l| !l.contains("0/4")).map(|l| format!("{l}\n")).collect();
    *leaves = without.into_bytes();
    says(&examine(&files), Problem::LeafMissing, "era 0: leaf 4 is missing", "ère 0");
}

#[test]
fn the_log_of_an_older_era_that_was_left_out_is_named() {
    let mut files = bundle(&three_eras()).unwrap();
    files.remove(&leaves_of(Era(0))).unwrap();
    says(&examine(&files), Problem::FileMissing, "`era-0.leaves.jsonl` is missing", "manque");
}

#[test]
fn an_order_that_one_person_signed_links_nothing() {
    let named = [claire(), marc()];
    let zero = first_era(&named);
    let one = next_era(1, &zero, &named[..1], &named);
    let found = examine(&bundle(&[zero, one]).unwrap());
    says(&found, Problem::EraOrderInvalid, "1 of 2 persons", "1 personne(s) sur 2");
    assert_eq!(found.older_eras[0].leaves_proved, 7, "the older log itself holds");
}

#[test]
fn a_person_whom_the_older_log_does_not_name_signs_nothing() {
    let named = [claire(), marc()];
    let eve = [claire(), person("eve", 13)];
    let zero = first_era(&named);
    let stranger = next_era(1, &zero, &eve, &named);
    let found = examine(&bundle(&[zero.clone(), stranger]).unwrap());
    says(&found, Problem::EraOrderInvalid, "does not name", "eve");
    // Nor if the state that was taken over names her.
    let slipped_in = next_era(1, &zero, &eve, &eve);
    let found = examine(&bundle(&[zero, slipped_in]).unwrap());
    says(&found, Problem::EraOrderInvalid, "in the log of era 0", "de l'ère 0");
}

#[test]
fn an_era_that_no_order_opened_is_linked_to_nothing() {
    let named = [claire(), marc()];
    let leaves: Vec<_> =
        (0..4).map(|index| leaf(1, index, json!({"command": "observed"}))).collect();
    let note = note(1, &leaves, &signers());
    let keys = keys();
    let head = head_of(1, &note, &keys);
    let found = examine(&export_log(&head, &leaves).unwrap());
    says(&found, Problem::EraUnlinked, "does not begin with the order", "ne commence pas par");
    // The order of another era in its place.
    let zero = first_era(&named);
    let one = next_era(1, &zero, &named, &named);
    let two = next_era(2, &zero, &named, &named);
    let files = bundle(&[zero, one, two]);
    assert!(matches!(files, Err(ExportError::OlderEra { era: Era(1), .. })), "another root");
}

#[test]
fn one_room_alone_signs_for_nobody_where_no_era_was_opened() {
    let leaves = first_era(&[claire(), marc()]);
    let found = examine(&bundle(&[leaves]).unwrap());
    says(&found, Problem::SignaturesTooFew, "2 of 3 keys", "2 sur 3");
}

#[test]
fn the_bundle_of_a_run_holds_the_order_from_which_follows_who_signs() {
    let named = [claire(), marc()];
    let mut one = next_era(1, &first_era(&named), &named, &named);
    let commands = [
        json!({"command": "incident-opened"}),
        json!({"command": "observed"}),
        json!({"command": "run-started", "incident": 4}),
        json!({"command": "run-ended", "run": 6}),
        json!({"command": "incident-ended", "incident": 4}),
    ];
    one.extend((4..).zip(commands).map(|(index, command)| leaf(1, index, command)));
    let note = note(1, &one, &signers()[2..]);
    let keys = keys();
    let head = head_of(1, &note, &keys);
    let files = export_run(&head, &one, RunId(6)).unwrap();
    let found = examine(&files);
    assert!(found.holds(), "{:?}", found.findings);
    assert_eq!((found.leaves_proved, found.signatures_needed), (5, 1));
}
