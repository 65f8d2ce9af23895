//! A small log with one run, signed by the controllers of three rooms.

use audit::Tree;
use audit::bundle::{Files, SignedHead, export_log, export_run};
use audit::checkpoint::{Checkpoint, cosign, origin};
use audit::leaf::{LeafInput, RAFT_BLANK, RAFT_MEMBERSHIP, leaf_bytes};
use audit::note::{KeyName, NoteSigner, NoteVerifier, SignedNote};
use model::era::Era;
use model::id::{ControllerId, PersonId, RunId};
use model::time::{LogTime, WallTime};
use serde_json::{Value, json};

pub(crate) const RUN: RunId = RunId(7);

fn signer(room: &str, seed: u8) -> NoteSigner {
    NoteSigner::from_seed(KeyName::of_room("clinic", &room.into()).unwrap(), [seed; 32])
}

pub(crate) fn signers() -> [NoteSigner; 3] {
    [signer("a", 1), signer("b", 2), signer("c", 3)]
}

pub(crate) fn keys() -> Vec<NoteVerifier> {
    signers().iter().map(NoteSigner::verifier).collect()
}

fn key(step: &str, item: &str) -> Value {
    json!({"era": 0, "run": 7, "item": {"step": step, "item": item}})
}

fn observed(number: u64) -> Value {
    json!({"command": "observed", "observations": [
        {"target": {"kind": "controller", "controller": 1}, "vantage": "b", "status": "unknown",
         "evidence": format!("no heartbeat for {number} s"), "detail": {"kind": "none"}}]})
}

fn commands() -> Vec<Value> {
    let token = |epoch: u64| json!({"era": 0, "epoch": epoch});
    let done = |what: &str| json!({"outcome": "done", "evidence": what});
    let planned = |step: &str, item: &str, action: Value| {
        json!({"item": {"step": step, "item": item}, "action": action, "timeout": "1m",
               "attempts": 3, "backoff": "5s", "on_failure": "abort", "expect": "30s"})
    };
    vec![
        json!({"command": RAFT_MEMBERSHIP}),
        json!({"command": RAFT_BLANK}),
        json!({"command": "leader-started", "controller": 2}),
        json!({"command": "cluster-formed", "members": []}),
        observed(1),
        json!({"command": "incident-opened", "cause": {"class": "room-lost", "room": "a"},
               "evidence": [
                   {"target": {"kind": "host", "host": "a1"}, "vantage": "b", "says": "no answer for 5 s"},
                   {"target": {"kind": "controller", "controller": 1}, "vantage": "c", "says": "no heartbeat"}],
               "last_seen_up": 3000, "hold_off": "1m"}),
        observed(2),
        json!({"command": "run-started", "incident": 5, "runbook": "room-loss",
               "runbook_hash": "sha256:aa", "estate_hash": "sha256:bb",
               "plan": {"items": [
                   planned("fence", "a1", json!({"action": "fence.host", "host": "a1"})),
                   planned("start", "dpi", json!({"action": "vm.start", "vm": "dpi", "host": "b1"}))],
                 "starts_at_once_per_host": 4, "starts_at_once_per_volume": 4,
                 "shed": [{"vm": "test-9", "reason": "no memory left"}], "forecast": "2m"}}),
        json!({"command": "step-started", "key": key("fence", "a1"), "token": token(3), "attempt": 1}),
        json!({"command": "withheld", "host": "a1", "token": token(3), "by": "b1", "promise_ends_in": "0s"}),
        json!({"command": "fence-proved", "proof": {"target": "a1", "token": token(3), "at": 0,
               "evidence": {"kind": "lease-expired", "withheld_by": "b1", "waited_ms": 32031, "required_ms": 32030}}}),
        observed(3),
        json!({"command": "step-finished", "key": key("fence", "a1"), "attempt": 1, "last": true,
               "outcome": done("fence proved by lease")}),
        json!({"command": "step-started", "key": key("start", "dpi"), "token": token(4), "attempt": 1}),
        json!({"command": "leader-started", "controller": 3}),
        json!({"command": "step-finished", "key": key("start", "dpi"), "attempt": 1, "last": false,
               "outcome": {"outcome": "unknown", "reason": "the leader changed"}}),
        json!({"command": "step-started", "key": key("start", "dpi"), "token": token(5), "attempt": 2}),
        json!({"command": "step-finished", "key": key("start", "dpi"), "attempt": 2, "last": true,
               "outcome": done("b1 sees dpi booted under token 0.5")}),
        json!({"command": "step-finished", "key": key("start", "dpi"), "attempt": 2, "last": true,
               "outcome": done("b1 sees dpi booted under token 0.5")}),
        json!({"command": "run-ended", "run": 7, "end": {"end": "succeeded"}}),
        observed(4),
        json!({"command": "incident-ended", "incident": 5, "withdrawn": false, "reason": "every VM runs"}),
        observed(5),
    ]
}

pub(crate) fn leaves() -> Vec<Vec<u8>> {
    let dana = PersonId::from("dana");
    (0_u64..)
        .zip(commands())
        .map(|(index, command)| {
            let kind = command["command"].as_str().unwrap().to_owned();
            let rejected = match index {
                18 => json!({"rejection": "illegal-step", "key": "start/dpi", "reason": "it is done already"}),
                _ => Value::Null,
            };
            leaf_bytes(LeafInput {
                cluster: "clinic",
                era: Era(0),
                index,
                term: 2,
                kind: &kind,
                at: LogTime(index * 1250),
                wall: WallTime(1_700_000_000_000 + index * 1250),
                by: (index > 1).then_some(ControllerId(if index < 14 { 2 } else { 3 })),
                person: (index == 21).then_some(&dana),
                command,
                applied: json!({"rejected": rejected, "effects": []}),
            })
        })
        .collect()
}

/// A checkpoint over the first `size` leaves, signed by these rooms.
pub(crate) fn signed(leaves: &[Vec<u8>], size: u64, by: &[NoteSigner]) -> SignedNote {
    let mut tree = Tree::default();
    leaves.iter().for_each(|leaf| {
        tree.append(leaf);
    });
    let head = Checkpoint::new(origin("clinic", Era(0)), size, tree.root_at(size).unwrap());
    let mut note = head.to_note().unwrap();
    for signer in by {
        note.add(cosign(signer, None, &head, &[]).unwrap());
    }
    note
}

pub(crate) fn head<'a>(note: &'a SignedNote, keys: &'a [NoteVerifier]) -> SignedHead<'a> {
    head_of(0, note, keys)
}

pub(crate) fn head_of<'a>(
    era: u64,
    note: &'a SignedNote,
    keys: &'a [NoteVerifier],
) -> SignedHead<'a> {
    SignedHead { cluster: "clinic", era: Era(era), first_index: 0, checkpoint: note, keys }
}

/// The bundle of the whole log, signed by rooms b and c: room a is lost.
pub(crate) fn log_bundle() -> Files {
    let leaves = leaves();
    let note = signed(&leaves, leaves.len() as u64, &signers()[1..]);
    export_log(&head(&note, &keys()), &leaves).unwrap()
}

/// The bundle of the run, signed by rooms b and c.
pub(crate) fn run_bundle() -> Files {
    let leaves = leaves();
    let note = signed(&leaves, leaves.len() as u64, &signers()[1..]);
    export_run(&head(&note, &keys()), &leaves, RUN).unwrap()
}
