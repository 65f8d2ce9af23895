//! The first entry of an era that one controller opened on the order of two persons.

#![allow(clippy::unwrap_used, clippy::panic)]

mod clinic;

use audit::era_order::SignedOrder;
use audit::note::{KeyName, NoteSigner};
use clinic::{Log, fence, host_up, item_ref, load, observation, pinned, planned, seen};
use model::action::Action;
use model::era::{Era, Token};
use model::era_order::{EraOrder, OldLog, OpenedFrom, OrderedHost};
use model::estate::{Estate, Replica};
use model::fence::{FenceEvidence, FenceProof};
use model::id::{ControllerId, HostId, RunId, VmId, VolumeId};
use model::incident::Cause;
use model::observation::{CopyPoint, Detail, Status, Target};
use model::policy::{Autonomy, Person, PersonRole, Policy};
use model::step::StepKey;
use model::time::{LogTime, WallTime};
use model::units::Span;
use state_machine::{
    Command, CoveredBy, Entry, EraEvidence, EraOpening, EraWithheld, FenceOrder, Member, Rejection,
    State, TailEntry, apply,
};

fn signer(name: &str, seed: u8) -> NoteSigner {
    NoteSigner::from_seed(KeyName::new(name).unwrap(), [seed; 32])
}

/// As in the clinic, with a host in room C, and two persons who may open an era. Host a2 has told
/// of no watchdog.
fn log() -> Log {
    let mut log = Log::empty();
    let members = [(1, "a"), (2, "b"), (3, "c")]
        .map(|(id, room)| Member { controller: ControllerId(id), room: room.into() });
    log.ok(Command::ClusterFormed { members: members.to_vec() });
    log.ok(Command::LeaderStarted { controller: ControllerId(1) });
    let Command::EstateLoaded { mut estate, runbooks, .. } = load() else { unreachable!() };
    let volume = estate.value.volumes.get_mut(&VolumeId::from("vol")).unwrap();
    volume.replica = Some(Replica { room: "c".into(), behind: Span::from_secs(2) });
    estate.value.services.values_mut().for_each(|service| service.rpo = Span::from_secs(5));
    let mut in_c = estate.value.hosts[&HostId::from("a1")].clone();
    in_c.room = "c".into();
    estate.value.hosts.insert("c1".into(), in_c);
    let mut policy = Policy::default();
    policy.incidents.values_mut().for_each(|class| class.autonomy = Autonomy::Act);
    for (name, seed) in [("claire", 1), ("marc", 2)] {
        let key = signer(name, seed).verifier().to_string();
        let roles = [PersonRole::OpensEras].into_iter().collect();
        policy.persons.insert(name.into(), Person { key, roles });
    }
    log.ok(Command::EstateLoaded { estate, policy: Box::new(pinned(policy)), runbooks });
    for host in ["a1", "b1", "b2", "c1"] {
        log.ok(seen(vec![host_up("b", host, "boot-1", Token::default())]));
    }
    log
}

/// Host c1 reaches no volume, and no copy of one.
fn c1_takes_nothing(estate: &mut Estate) {
    estate.hosts.get_mut(&HostId::from("c1")).unwrap().volumes.clear();
    estate.volumes.values_mut().for_each(|volume| volume.replica = None);
}

fn order(old: &State) -> EraOrder {
    let watchdog =
        |host: &str| old.hosts[&HostId::from(host)].armed.as_ref().map(|armed| armed.watchdog);
    let hosts = [("a1", "a"), ("a2", "a"), ("b1", "b"), ("b2", "b")].map(|(host, room)| {
        let last_known = "silent".to_owned();
        OrderedHost { host: host.into(), room: room.into(), watchdog: watchdog(host), last_known }
    });
    EraOrder {
        cluster: "small".to_owned(),
        era: Era(1),
        from: OpenedFrom::Survivor,
        controller: ControllerId(3),
        room: "c".into(),
        old: OldLog {
            era: old.era,
            origin: "bascule/small/era-0".to_owned(),
            size: old.audit.size,
            root: old.audit.root().to_string(),
        },
        hosts: hosts.to_vec(),
        channels: Vec::new(),
        statement: "Both rooms burned down; a2 is off.".to_owned(),
        reason: "fire".to_owned(),
    }
}

fn signed(order: EraOrder) -> SignedOrder {
    let mut signed = SignedOrder::draft(order).unwrap();
    signed.sign(&signer("claire", 1)).unwrap();
    signed.sign(&signer("marc", 2)).unwrap();
    signed
}

fn waited() -> EraEvidence {
    let wait = Policy::default().lease.wait().as_millis();
    let withheld = ["a1", "b1", "b2"].map(|from| EraWithheld {
        from: from.into(),
        by: "c1".into(),
        promise_ends_in: Span::ZERO,
    });
    EraEvidence { waited_ms: wait, required_ms: wait, withheld: withheld.to_vec() }
}

fn opening(old: &State, order: &SignedOrder) -> EraOpening {
    EraOpening {
        order: order.to_string(),
        evidence: waited(),
        carried: serde_json::to_string(old).unwrap(),
        tail: Vec::new(),
    }
}

fn open(opening: EraOpening) -> (State, Option<Rejection>) {
    let mut state = State { era: Era(1), ..State::default() };
    let entry = Entry {
        era: Era(1),
        at: LogTime(50_000),
        wall: WallTime(0),
        by: ControllerId(3),
        person: None,
        command: Command::EraOpened { opening: Box::new(opening) },
    };
    let applied = apply(&mut state, 0, &entry);
    (state, applied.rejected)
}

/// An era opened in order, led by controller 3.
fn opened() -> Log {
    let old = log().state;
    let (state, rejected) = open(opening(&old, &signed(order(&old))));
    assert_eq!(rejected, None);
    let mut log = Log { state, index: 1, now: 50_000, by: 3 };
    log.ok(Command::LeaderStarted { controller: ControllerId(3) });
    log
}

#[test]
fn every_vm_might_run_on_every_host_of_the_other_rooms_and_those_start_nothing() {
    let state = opened().state;
    let token = state.opened.as_ref().unwrap().token;
    for (id, vm) in &state.vms {
        for host in ["a1", "a2", "b1", "b2"] {
            assert_eq!(vm.might_run_on.get(&HostId::from(host)), Some(&token), "{id} on {host}");
        }
    }
    for host in ["a1", "a2", "b1", "b2"] {
        assert!(!state.hosts[&HostId::from(host)].may_start(), "{host}");
    }
    assert!(state.hosts[&HostId::from("c1")].may_start());
    assert_eq!(state.members.len(), 1);
    let covered = &state.opened.as_ref().unwrap().hosts;
    assert_eq!(covered[&HostId::from("a1")], CoveredBy::Wait);
    assert_eq!(covered[&HostId::from("a2")], CoveredBy::Statement);
}

#[test]
fn an_order_that_lacks_anything_opens_nothing() {
    let old = log().state;
    let good = || opening(&old, &signed(order(&old)));
    let with = |order: EraOrder| EraOpening { order: signed(order).to_string(), ..good() };
    let mut one = SignedOrder::draft(order(&old)).unwrap();
    one.sign(&signer("claire", 1)).unwrap();
    let mut stranger = one.clone();
    stranger.sign(&signer("eve", 9)).unwrap();
    let short = EraEvidence { waited_ms: waited().waited_ms - 1, ..waited() };
    let small = EraEvidence { waited_ms: 9, required_ms: 9, ..waited() };
    let mut unwithheld = waited();
    unwithheld.withheld.retain(|one| one.from != HostId::from("b2"));
    let mut by_others = waited();
    by_others.withheld.iter_mut().for_each(|one| one.by = "b1".into());
    let mut other_root = order(&old);
    other_root.old.root = "f".repeat(64);
    let mut other_size = order(&old);
    other_size.old.size += 1;
    let mut without_b2 = order(&old);
    without_b2.hosts.pop();
    let mut armed_by_word = order(&old);
    armed_by_word.hosts[1].watchdog = Some(Span::from_secs(10));
    let cases = [
        ("one signature", EraOpening { order: one.to_string(), ..good() }),
        ("a stranger's", EraOpening { order: stranger.to_string(), ..good() }),
        ("too short a wait", EraOpening { evidence: short, ..good() }),
        ("a wait of its own", EraOpening { evidence: small, ..good() }),
        ("nobody withholds from b2", EraOpening { evidence: unwithheld, ..good() }),
        ("another room withholds", EraOpening { evidence: by_others, ..good() }),
        ("another root", with(other_root)),
        ("another size", with(other_size)),
        ("a host left out", with(without_b2)),
        ("a watchdog that the log does not know", with(armed_by_word)),
        ("another controller", with(EraOrder { controller: ControllerId(1), ..order(&old) })),
        ("another era", with(EraOrder { era: Era(2), ..order(&old) })),
    ];
    for (what, opening) in cases {
        let (state, rejected) = open(opening);
        assert!(matches!(rejected, Some(Rejection::NoEra { .. })), "{what}: {rejected:?}");
        assert!(state.opened.is_none() && state.vms.is_empty(), "{what}");
    }
    assert_eq!(open(good()).1, None, "the control");
}

#[test]
fn only_the_first_entry_of_a_log_opens_an_era() {
    let mut log = log();
    let opening = opening(&log.state.clone(), &signed(order(&log.state)));
    log.no(Command::EraOpened { opening: Box::new(opening) });
}

/// Beyond what the survivor knows to be committed: a run that starts a VM in room C, and an
/// approval.
fn tail(action: Action) -> Vec<TailEntry> {
    let mut log = log();
    let incident = log.incident(Cause::HostLost { host: "a1".into() });
    let item = planned("start/one", action, &[]);
    let key = StepKey { era: Era(0), run: RunId(900), item: item.item.clone() };
    let commands = [
        (900, clinic::run_started(incident, vec![item])),
        (901, Command::StepStarted { key, token: log.token(), attempt: 1 }),
        (902, Command::IncidentApproved { incident }),
    ];
    let entry = |(index, command)| TailEntry { index, entry: log.entry(command) };
    commands.into_iter().map(entry).collect()
}

#[test]
fn what_the_tail_may_have_started_might_run() {
    let old = log().state;
    let tail = tail(Action::VmStart { vm: "db-1".into(), host: "c1".into() });
    let (state, rejected) = open(EraOpening { tail, ..opening(&old, &signed(order(&old))) });
    assert_eq!(rejected, None);
    let vm = &state.vms[&VmId::from("db-1")];
    assert!(vm.might_run_on.contains_key(&HostId::from("c1")));
    assert_eq!(state.opened_in(&"vol".into()), None);
    assert!(state.incidents.is_empty() && state.runs.is_empty(), "its decisions do not count");
}

#[test]
fn a_start_from_a_copy_in_the_tail_may_have_opened_the_copy() {
    let old = log().state;
    let tail = tail(Action::VmStartFromCopy { vm: "db-1".into(), host: "c1".into() });
    let (state, rejected) = open(EraOpening { tail, ..opening(&old, &signed(order(&old))) });
    assert_eq!(rejected, None);
    let vm = &state.vms[&VmId::from("db-1")];
    assert!(vm.might_run_on.contains_key(&HostId::from("c1")));
    assert_eq!(state.opened_in(&"vol".into()), Some(&"c".into()), "the side at home may be old");
    assert_eq!(state.lost_by_copy(&"vol".into()), None, "nor is the copy taken without asking");
}

/// Production is lost, as the order says, and every host of it is proved fenced; a start of db-1
/// from the copy, whose keeper says that it holds everything up to so long before the signatures.
fn start_from_the_copy(log: &mut Log, before_the_signatures: Span) -> Command {
    log.pass(Span::from_secs(60));
    let signed_at = log.state.opened.as_ref().unwrap().signed_at();
    let until = LogTime(signed_at.0 - before_the_signatures.as_millis());
    let detail = Detail::Copy { in_contact: false, holds_until: CopyPoint::At(until) };
    let copy = Target::Copy { volume: "vol".into() };
    log.ok(seen(vec![observation("c", copy, Status::Up, detail)]));
    let incident = log.incident(Cause::ProductionLost);
    let hosts = ["a1", "a2", "b1", "b2"];
    let mut items: Vec<_> = hosts.map(fence).into();
    let action = Action::VmStartFromCopy { vm: "db-1".into(), host: "c1".into() };
    items.push(planned(
        "start/db-1",
        action,
        &hosts.map(|host| format!("fence/{host}")).each_ref().map(String::as_str),
    ));
    let run = log.run(incident, items);
    for host in hosts {
        log.ok(log.start(run, &format!("fence/{host}"), 1));
        log.ok(proof_by_order(log, host, host == "a2"));
        log.ok(log.finish(run, &format!("fence/{host}"), 1, clinic::done()));
    }
    log.start(run, "start/db-1", 1)
}

#[test]
fn with_every_room_of_production_gone_the_copies_are_opened_within_what_may_be_lost() {
    let mut log = opened();
    assert_eq!(log.state.rooms_gone, ["a".into(), "b".into()].into());
    let start = start_from_the_copy(&mut log, Span::from_secs(3));
    log.ok(start);
    assert_eq!(log.state.opened_in(&"vol".into()), Some(&"c".into()));

    let mut log = opened();
    let start = start_from_the_copy(&mut log, Span::from_secs(9));
    let Rejection::OldCopy { lost: Some(lost), .. } = log.no(start) else { panic!() };
    assert_eq!(lost, Span::from_secs(9), "they may have written until the order was signed");
}

#[test]
fn what_the_old_log_knew_of_a_copy_does_not_count() {
    let mut log = log();
    log.pass(Span::from_secs(10));
    let detail = Detail::Copy { in_contact: true, holds_until: CopyPoint::At(LogTime(9_000)) };
    let copy = Target::Copy { volume: "vol".into() };
    log.ok(seen(vec![observation("c", copy, Status::Up, detail)]));
    assert!(log.state.copies.contains_key(&VolumeId::from("vol")));
    let old = log.state;
    let (state, rejected) = open(opening(&old, &signed(order(&old))));
    assert_eq!(rejected, None);
    assert_eq!(state.lost_by_copy(&"vol".into()), None);
}

#[test]
fn a_room_is_no_longer_gone_once_a_host_of_it_is_let_in() {
    let mut log = opened();
    log.pass(Span::from_secs(60));
    log.ok(proof_by_order(&log, "a1", false));
    log.ok(seen(vec![host_up("c", "a1", "boot-2", log.token())]));
    let admitted = Command::HostAdmitted {
        host: "a1".into(),
        boot: "boot-2".to_owned(),
        sealed_below: log.token(),
    };
    log.ok(admitted);
    assert_eq!(log.state.rooms_gone, ["b".into()].into());
}

fn proof_by_order(log: &Log, host: &str, by_statement: bool) -> Command {
    let opened = log.state.opened.as_ref().unwrap();
    Command::FenceProved {
        proof: FenceProof {
            target: host.into(),
            token: opened.token,
            evidence: FenceEvidence::EraOrder {
                order: opened.order.clone(),
                waited_ms: opened.waited_ms,
                by_statement,
            },
            at: LogTime::default(),
        },
    }
}

#[test]
fn the_order_proves_each_host_in_the_way_it_covers_it_and_in_no_other() {
    let mut log = opened();
    log.pass(Span::from_secs(60));
    log.no(proof_by_order(&log, "a1", true));
    log.no(proof_by_order(&log, "a2", false));
    let mut another = log.clone();
    another.state.opened.as_mut().unwrap().order = "another".to_owned();
    log.no(proof_by_order(&another, "a1", false));
    log.ok(seen(vec![host_up("c", "b1", "boot-2", Token::default())]));
    log.no(proof_by_order(&log, "b1", false));
    log.ok(proof_by_order(&log, "a1", false));
    log.ok(proof_by_order(&log, "a2", true));
    for vm in log.state.vms.values() {
        assert!(!vm.might_run_on.contains_key(&HostId::from("a1")));
        assert!(vm.might_run_on.contains_key(&HostId::from("b1")), "it was heard");
    }
}

#[test]
fn a_host_whose_power_is_read_as_on_is_not_proved_by_the_statement_that_it_is_off() {
    let mut log = opened();
    log.pass(Span::from_secs(60));
    // No agent of a2 was ever heard; its management controller answers room C now.
    let power = |host: &str, status| {
        let target = Target::Power { host: host.into() };
        seen(vec![observation("c", target, status, Detail::None)])
    };
    log.ok(power("a2", Status::Up));
    log.ok(power("a1", Status::Up));
    let rejection = log.no(proof_by_order(&log, "a2", true));
    assert!(rejection.to_string().contains("the power of host a2 is seen up"), "{rejection}");
    // A watchdog resets its host, and the power is on afterwards.
    log.ok(proof_by_order(&log, "a1", false));
    log.ok(power("a2", Status::Down));
    log.ok(proof_by_order(&log, "a2", true));
}

type Change<'a> = &'a dyn Fn(&mut State);

#[test]
fn an_agent_that_a_host_may_not_ask_covers_it_by_no_wait() {
    let fenced = |state: &mut State| {
        let token = state.token();
        let evidence = FenceEvidence::PowerOff { reads: 2, apart_ms: 500, answer: "Off".into() };
        let proof = FenceProof { target: "c1".into(), token, evidence, at: LogTime(0) };
        let item = item_ref("fence/c1");
        state.hosts.get_mut(&HostId::from("c1")).unwrap().fence = Some(FenceOrder {
            token,
            at: LogTime(0),
            step: StepKey { era: state.era, run: RunId(1), item },
            withheld: Vec::new(),
            proofs: vec![proof],
            attested: Vec::new(),
        });
    };
    let no_taker = |state: &mut State| {
        c1_takes_nothing(&mut state.estate.as_mut().unwrap().value);
    };
    let let_in_again = |state: &mut State| {
        state.hosts.get_mut(&HostId::from("c1")).unwrap().perhaps_not_asked = true;
    };
    let joined = |state: &mut State| {
        for host in state.hosts.values_mut() {
            host.perhaps_does_not_ask.insert("c1".into());
        }
    };
    let cases: [(&str, Change<'_>); 4] = [
        ("c1 could take nothing", &no_taker),
        ("c1 was let in again", &let_in_again),
        ("c1 joined by a reload", &joined),
        ("c1 is named as fenced", &fenced),
    ];
    for (what, change) in cases {
        let mut old = log().state;
        change(&mut old);
        let (_, rejected) = open(opening(&old, &signed(order(&old))));
        let rejected = rejected.unwrap_or_else(|| panic!("S1: {what}"));
        assert!(rejected.to_string().contains("that host a1 asks"), "{what}: {rejected}");
        // By the statement of the two persons alone it opens.
        let mut stated = order(&old);
        stated.hosts.iter_mut().for_each(|host| host.watchdog = None);
        let (state, rejected) = open(opening(&old, &signed(stated)));
        assert_eq!(rejected, None, "{what}");
        let covered = &state.opened.as_ref().unwrap().hosts;
        assert!(covered.values().all(|by| *by == CoveredBy::Statement), "{what}");
    }
}

#[test]
fn what_the_tail_may_have_changed_about_a_watchdog_covers_its_host_by_nothing() {
    let old = log().state;
    let reload = |change: &dyn Fn(&mut Policy, &mut Estate)| {
        let (mut estate, mut policy) = (old.estate.clone().unwrap(), old.policy.clone().unwrap());
        change(&mut policy.value, &mut estate.value);
        let (estate, policy) = (Box::new(estate), Box::new(policy));
        Command::EstateLoaded { estate, policy, runbooks: Vec::new() }
    };
    let armed = |armed, seconds| Command::HostArmed {
        host: "a1".into(),
        armed,
        watchdog: Span::from_secs(seconds),
    };
    let longer = reload(&|policy, _| policy.lease.lease = Span::from_secs(120));
    let no_taker = reload(&|_, estate| c1_takes_nothing(estate));
    let (wait, nothing) = (CoveredBy::Wait, CoveredBy::Nothing);
    let cases = [
        ("nothing", Vec::new(), wait, wait),
        ("armed", vec![armed(true, 10)], wait, wait),
        ("the same again", vec![reload(&|_, _| {})], wait, wait),
        ("a1 disarmed", vec![armed(false, 0)], nothing, wait),
        ("a1 disarmed and armed", vec![armed(false, 0), armed(true, 10)], nothing, wait),
        ("a longer lease", vec![longer], nothing, nothing),
        ("c1 takes nothing", vec![no_taker], nothing, nothing),
    ];
    for (what, commands, a1, b1) in cases {
        let log = log();
        let entries = (900..).zip(commands);
        let tail = entries.map(|(index, command)| TailEntry { index, entry: log.entry(command) });
        let opening = opening(&old, &signed(order(&old)));
        let (state, rejected) = open(EraOpening { tail: tail.collect(), ..opening });
        assert_eq!(rejected, None, "{what}");
        let opened = state.opened.clone().unwrap();
        let covered = ["a1", "b1", "a2"].map(|host| opened.hosts[&HostId::from(host)]);
        assert_eq!(covered, [a1, b1, CoveredBy::Statement], "{what}");
        let mut log = Log { state, index: 1, now: 50_000, by: 3 };
        log.ok(Command::LeaderStarted { controller: ControllerId(3) });
        log.pass(Span::from_secs(60));
        for by_statement in [false, true] {
            let proof = proof_by_order(&log, "a1", by_statement);
            if a1 == wait && !by_statement {
                log.ok(proof);
            } else {
                log.no(proof);
            }
        }
    }
}
