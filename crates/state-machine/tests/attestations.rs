//! The people rung: two distinct persons, under one fence order, of a host that nobody hears.

#![allow(clippy::unwrap_used)]

mod clinic;

use clinic::{Log, host_up, observation, seen};
use model::era::Token;
use model::fence::{FenceEvidence, Rung};
use model::id::{ControllerId, HostId};
use model::observation::{Detail, Status, Target};
use model::units::Span;
use state_machine::{AttestedHost, Command, Rejection};

fn order(log: &Log, host: &str) -> Token {
    log.state.hosts[&HostId::from(host)].fence.as_ref().map(|o| o.token).unwrap_or_default()
}

fn off(log: &Log, hosts: &[&str]) -> Command {
    let under = |host: &&str| AttestedHost { host: (*host).into(), token: order(log, host) };
    Command::Attested {
        hosts: hosts.iter().map(under).collect(),
        statement: "I stand before it: no fan turns, both plugs are out".to_owned(),
    }
}

fn people(by: &[&str]) -> FenceEvidence {
    FenceEvidence::Attested {
        by: by.iter().map(|person| (*person).into()).collect(),
        statement: "no fan turns".to_owned(),
    }
}

fn silent(host: &str) -> Command {
    let target = Target::Host { host: host.into() };
    seen(vec![observation("b", target, Status::Unknown, Detail::None)])
}

/// Room b's word counts: the leader's room hears its controller.
fn b_is_heard(log: &mut Log) {
    let target = Target::Controller { controller: ControllerId(2) };
    log.ok(seen(vec![observation("a", target, Status::Up, Detail::None)]));
}

/// a1 is silent and its fence is ordered.
fn ordered() -> Log {
    let mut log = Log::new();
    b_is_heard(&mut log);
    log.ok(silent("a1"));
    let run = log.host_loss();
    log.ok(log.start(run, "fence/a1", 1));
    log.pass(Span::from_secs(10));
    log
}

fn refused(log: &mut Log, person: &str, command: Command) -> String {
    log.said_by(person, command).unwrap().to_string()
}

#[test]
fn two_persons_prove_what_one_does_not_and_one_twice_neither() {
    let mut log = ordered();
    let says = off(&log, &["a1"]);
    assert_eq!(log.said_by("anna", says.clone()), None);
    log.no(log.proof("a1", people(&["anna"])));
    let again = refused(&mut log, "anna", says.clone());
    assert!(again.contains("anna has attested host a1 already"), "{again}");
    let one = log.no(log.proof("a1", people(&["anna", "bob"])));
    assert!(one.to_string().contains("bob has not attested"), "{one}");
    assert_eq!(log.said_by("bob", says), None);
    log.ok(log.proof("a1", people(&["anna", "bob"])));
    let fence = log.state.hosts[&HostId::from("a1")].fence.as_ref().unwrap();
    assert_eq!(fence.proofs[0].evidence.rung(), Rung::People);
    assert_eq!(fence.attested.len(), 2);
    assert!(!log.state.vms.values().any(|vm| vm.might_run_on.contains_key(&HostId::from("a1"))));
}

#[test]
fn only_persons_whom_the_policy_names_attest_and_they_say_what_they_saw() {
    let mut log = ordered();
    let says = off(&log, &["a1"]);
    let stranger = refused(&mut log, "mallory", says.clone());
    assert!(stranger.contains("mallory is not among") && stranger.contains("anna, bob"));
    let nobody = log.no(says.clone());
    assert!(nobody.to_string().contains("only a person"), "{nobody}");
    let Command::Attested { hosts, .. } = says else { unreachable!() };
    let silent = Command::Attested { hosts, statement: "  ".to_owned() };
    assert!(refused(&mut log, "anna", silent).contains("what was checked"));
    let none = Command::Attested { hosts: Vec::new(), statement: "all off".to_owned() };
    assert!(refused(&mut log, "anna", none).contains("no host is named"));
}

#[test]
fn an_attestation_needs_the_fence_order_in_force_and_ends_with_it() {
    let mut log = ordered();
    let says = off(&log, &["a1"]);
    let other = Command::Attested {
        hosts: vec![AttestedHost { host: "a1".into(), token: log.token().min(Token::default()) }],
        statement: "off".to_owned(),
    };
    assert!(matches!(log.said_by("anna", other), Some(Rejection::NoFenceOrder { .. })));
    let unordered = off(&log, &["a2"]);
    assert!(matches!(log.said_by("anna", unordered), Some(Rejection::NoFenceOrder { .. })));
    assert_eq!(log.said_by("anna", says), None);
    assert_eq!(log.state.hosts[&HostId::from("a1")].fence.as_ref().unwrap().attested.len(), 1);
}

#[test]
fn no_word_argues_a_sign_of_life_away() {
    let mut log = ordered();
    let says = off(&log, &["a1"]);
    assert_eq!(log.said_by("anna", says.clone()), None);
    // The agent speaks again: the second person is refused, and the first one's word is spent.
    log.ok(seen(vec![host_up("b", "a1", "boot-1", Token::default())]));
    let alive = refused(&mut log, "bob", says.clone());
    assert!(alive.contains("the agent of host a1 answers"), "{alive}");
    log.pass(Span::from_secs(5));
    log.ok(silent("a1"));
    log.pass(Span::from_secs(5));
    assert_eq!(log.said_by("bob", says.clone()), None);
    let spent = log.no(log.proof("a1", people(&["anna", "bob"])));
    assert!(spent.to_string().contains("anna has not attested"), "{spent}");
    assert_eq!(log.said_by("anna", says), None, "she looks again");
    log.ok(log.proof("a1", people(&["anna", "bob"])));
}

#[test]
fn power_that_reads_on_is_a_sign_of_life_also_after_both_have_attested() {
    let mut log = ordered();
    let says = off(&log, &["a1"]);
    assert_eq!(log.said_by("anna", says.clone()), None);
    assert_eq!(log.said_by("bob", says.clone()), None);
    let power = |status| {
        let target = Target::Power { host: "a1".into() };
        seen(vec![observation("b", target, status, Detail::None)])
    };
    log.ok(power(Status::Up));
    let alive = refused(&mut log, "clara", says);
    assert!(alive.contains("the power of host a1 is seen up from room b"), "{alive}");
    log.no(log.proof("a1", people(&["anna", "bob"])));
    log.ok(power(Status::Down));
    log.ok(log.proof("a1", people(&["anna", "bob"])));
}

#[test]
fn the_word_of_a_room_that_heard_the_host_after_the_order_and_died_holds_no_person_up() {
    let mut log = ordered();
    log.ok(seen(vec![host_up("b", "a1", "boot-1", Token::default())]));
    // Room b dies: what it said last stays in the state and is never taken back.
    let target = Target::Controller { controller: ControllerId(2) };
    log.ok(seen(vec![observation("a", target, Status::Unknown, Detail::None)]));
    log.pass(Span::from_secs(5));
    log.no(log.power_proof("a1"));
    let says = off(&log, &["a1"]);
    assert_eq!(log.said_by("anna", says.clone()), None);
    assert_eq!(log.said_by("bob", says), None);
    log.ok(log.proof("a1", people(&["anna", "bob"])));
}
