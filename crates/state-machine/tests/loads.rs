//! A second estate and a third: what leaves and comes back is known as it was.

#![allow(clippy::unwrap_used, clippy::panic)]

mod clinic;

use clinic::*;
use model::era::Token;
use model::estate::Estate;
use model::fence::FenceEvidence;
use model::id::{HostId, RunId, VmId};
use model::incident::{Cause, Phase};
use model::observation::{Detail, Status, Target};
use model::units::Span;
use state_machine::{Command, Rejection, RunEnd};

fn changed(change: impl FnOnce(&mut Estate)) -> Command {
    let Command::EstateLoaded { mut estate, policy, runbooks } = load() else { panic!() };
    change(&mut estate.value);
    Command::EstateLoaded { estate, policy, runbooks }
}

/// Host a1 leaves; the VMs that called it home get another one.
fn without_a1(estate: &mut Estate) {
    estate.hosts.remove(&HostId::from("a1"));
    for vm in estate.vms.values_mut().filter(|vm| vm.home == HostId::from("a1")) {
        vm.home = "a2".into();
    }
}

fn without_db_1(estate: &mut Estate) {
    estate.vms.remove(&VmId::from("db-1"));
}

/// Host a1 is cut off, its VMs execute on and nobody hears of it; db-1 runs on b1.
fn a1_is_cut_off_and_db_1_moved() -> (Log, RunId) {
    let mut log = Log::new();
    let run = log.host_loss();
    log.ok(log.start(run, "fence/a1", 1));
    let evidence = FenceEvidence::StorageCut {
        unmapped_on: vec!["array-a".to_owned(), "array-b".to_owned()],
        uplink_closed: "room b".to_owned(),
    };
    log.ok(log.proof("a1", evidence));
    log.ok(log.finish(run, "fence/a1", 1, done()));
    log.ok(log.start(run, "start/db-1", 1));
    let key = log.key(run, "start/db-1");
    log.ok(seen(vec![vm_started("b", "db-1", "b1", log.token(), key)]));
    log.ok(log.finish(run, "start/db-1", 1, done()));
    log.ok(Command::RunEnded { run, end: RunEnd::Succeeded });
    (log, run)
}

#[test]
fn a_fenced_host_that_leaves_the_estate_comes_back_fenced() {
    let (mut log, _) = a1_is_cut_off_and_db_1_moved();
    let order = log.state.hosts[&HostId::from("a1")].fence.clone().unwrap();
    log.ok(changed(without_a1));
    assert!(!log.state.hosts.contains_key(&HostId::from("a1")));
    log.ok(load());
    let back = &log.state.hosts[&HostId::from("a1")];
    assert!(!back.may_start(), "S7");
    assert_eq!(back.fence.as_ref(), Some(&order));
    // Its agent answers again, with what executes there: that is old news until it has sealed.
    let executing = vm_seen("b", "db-1", "a1", Status::Up, Some(token(1)), false);
    log.ok(seen(vec![host_up("b", "a1", "boot-1", token(1)), executing]));
    let hosts: Vec<_> = log.state.vms[&VmId::from("db-1")].might_run_on.keys().collect();
    assert_eq!(hosts, [&HostId::from("b1")]);
    let admit = |sealed_below| Command::HostAdmitted {
        host: "a1".into(),
        boot: "boot-1".to_owned(),
        sealed_below,
    };
    let too_low = admit(token(order.token.epoch.0 - 1));
    assert!(matches!(log.no(too_low), Rejection::WrongToken { .. }));
    log.ok(admit(log.token()));
    assert!(log.state.hosts[&HostId::from("a1")].may_start());
}

#[test]
fn a_host_that_joins_later_waits_for_its_admission() {
    let mut log = Log::new();
    let with_a3 = changed(|estate| {
        let a1 = estate.hosts[&HostId::from("a1")].clone();
        estate.hosts.insert("a3".into(), a1);
    });
    log.ok(with_a3);
    log.ok(seen(vec![host_up("b", "a3", "boot-1", Token::default())]));
    assert!(!log.state.hosts[&HostId::from("a3")].may_start(), "S7");
    assert!(log.state.hosts[&HostId::from("a1")].may_start(), "it was there all along");
    let sealed_below = log.token();
    log.ok(Command::HostAdmitted { host: "a3".into(), boot: "boot-1".to_owned(), sealed_below });
    assert!(log.state.hosts[&HostId::from("a3")].may_start());
}

#[test]
fn a_vm_that_leaves_the_estate_comes_back_where_it_was() {
    let (mut log, _) = a1_is_cut_off_and_db_1_moved();
    let before = log.state.vms[&VmId::from("db-1")].clone();
    assert!(before.might_run_on.contains_key(&HostId::from("b1")));
    log.ok(changed(without_db_1));
    assert!(!log.state.vms.contains_key(&VmId::from("db-1")));
    log.ok(load());
    let back = &log.state.vms[&VmId::from("db-1")];
    assert_eq!((&back.placed, &back.might_run_on), (&before.placed, &before.might_run_on));
    let incident = log.incident(Cause::VmLost { vm: "db-1".into(), host: "b1".into() });
    let run = log.run(incident, vec![start_vm("db-1", "b2", &[])]);
    let rejection = log.no(log.start(run, "start/db-1", 1));
    assert!(matches!(rejection, Rejection::NotFenced { .. }), "S1: {rejection}");
}

#[test]
fn a_vm_does_not_come_back_without_the_host_on_which_it_might_be_running() {
    let mut log = Log::new();
    log.ok(changed(without_db_1));
    let others = |estate: &mut Estate| {
        without_a1(estate);
        without_db_1(estate);
        estate.vms.remove(&VmId::from("base-1"));
    };
    log.ok(changed(others));
    let rejection = log.no(changed(without_a1));
    assert!(matches!(rejection, Rejection::NotFenced { .. }), "S1: {rejection}");
    // With the host back it can be fenced; its proof speaks for what is away as well.
    log.ok(changed(without_db_1));
    let incident = log.incident(Cause::HostLost { host: "a1".into() });
    log.pass(Span::from_secs(31));
    let run = log.run(incident, vec![fence("a1")]);
    log.ok(log.start(run, "fence/a1", 1));
    log.ok(log.power_proof("a1"));
    log.ok(log.finish(run, "fence/a1", 1, done()));
    log.ok(Command::RunEnded { run, end: RunEnd::Succeeded });
    log.ok(changed(without_a1));
}

#[test]
fn a_seal_from_before_a_vm_left_the_estate_does_not_count_when_it_is_back() {
    let mut log = Log::new();
    let high = token(log.token().epoch.0 + 1);
    let down = vm_seen("b", "db-1", "a1", Status::Down, None, false);
    log.ok(seen(vec![down, host_up("b", "a1", "boot-1", high)]));
    assert!(!log.state.vms[&VmId::from("db-1")].sealed.is_empty());
    log.ok(changed(without_db_1));
    log.ok(load());
    assert!(log.state.vms[&VmId::from("db-1")].sealed.is_empty());
}

#[test]
fn a_state_from_before_departures_were_kept_reads_back() {
    let mut log = Log::new();
    log.ok(changed(without_db_1));
    let mut json = serde_json::to_value(&log.state).unwrap();
    assert_eq!(serde_json::from_value::<state_machine::State>(json.clone()).unwrap(), log.state);
    json.as_object_mut().unwrap().remove("departed");
    let old: state_machine::State = serde_json::from_value(json).unwrap();
    assert_eq!(old.departed, state_machine::Departed::default());
}

#[test]
fn a_vm_of_a_host_that_has_left_is_missed_at_its_home() {
    let mut log = Log::new();
    let run = log.host_loss();
    let lost = log.state.runs[&run].incident;
    log.ok(log.start(run, "fence/a1", 1));
    log.ok(log.power_proof("a1"));
    log.ok(log.finish(run, "fence/a1", 1, done()));
    let key = log.key(run, "start/db-1");
    log.ok(Command::StepSkipped { key, reason: "no capacity".to_owned() });
    log.ok(Command::RunEnded { run, end: RunEnd::Succeeded });
    // a1 has burnt and is taken out of the estate; db-1 runs nowhere.
    log.ok(changed(without_a1));
    let over = &log.state.incidents[&lost];
    assert_eq!(over.phase, Phase::Closed);
    let why = over.end_reason.clone().unwrap();
    assert!(why.contains("no longer has it: there is no host `a1`"), "{why}");
    let vm = &log.state.vms[&VmId::from("db-1")];
    assert_eq!(vm.placed.as_ref().map(|(host, _)| host), Some(&HostId::from("a2")));
    assert!(vm.might_run_on.is_empty(), "it is not running there");
    let incident = log.incident(Cause::VmLost { vm: "db-1".into(), host: "a2".into() });
    let run = log.run(incident, vec![start_vm("db-1", "b1", &[])]);
    log.ok(log.start(run, "start/db-1", 1));
}

#[test]
fn only_incidents_of_what_left_are_closed_by_a_load() {
    let mut log = Log::new();
    let stays = log.incident(Cause::HostLost { host: "b1".into() });
    log.ok(changed(|estate| {
        estate.links.remove(&"ab".into());
    }));
    assert_eq!(log.state.incidents[&stays].ended_at, None);
}

/// The link is cut and storage goes on in a: the side in b is old.
fn side_b_is_old() -> Log {
    let mut log = Log::new();
    let target = Target::StorageSide { layer: "svc".into(), room: "a".into() };
    let (serving, in_sync, elected, generation) = (true, true, Some("a".into()), 1);
    let detail = Detail::Storage { serving, in_sync, elected, generation };
    log.ok(seen(vec![observation("a", target, Status::Up, detail)]));
    assert!(log.state.stale_side(&"svc".into(), &"b".into()).is_some());
    log
}

type Change<'a> = &'a dyn Fn(&mut Estate);

#[test]
fn no_estate_makes_an_old_side_look_new() {
    let mut log = side_b_is_old();
    let renamed = |estate: &mut Estate| {
        let layer = estate.storage_layers.remove(&"svc".into()).unwrap();
        estate.storage_layers.insert("svc-2".into(), layer);
        estate.volumes.get_mut(&"vol".into()).unwrap().layer = Some("svc-2".into());
    };
    let dissolved = |estate: &mut Estate| {
        estate.storage_layers.clear();
        estate.volumes.get_mut(&"vol".into()).unwrap().layer = None;
    };
    let taken_out = |estate: &mut Estate| {
        estate.volumes.get_mut(&"vol".into()).unwrap().layer = None;
    };
    let moved = |estate: &mut Estate| {
        estate.arrays.get_mut(&"array-b".into()).unwrap().room = "c".into();
    };
    let changes: [(Change<'_>, &str); 4] = [
        (&renamed, "takes that array out of the layer"),
        (&dissolved, "takes that array out of the layer"),
        (&taken_out, "takes volume vol out of the layer"),
        (&moved, "puts that array into another room"),
    ];
    for (change, says) in changes {
        let rejection = log.no(changed(change));
        assert!(matches!(rejection, Rejection::EstateForgets { .. }), "{rejection}");
        assert!(rejection.to_string().contains(says), "{rejection}");
        Log::new().ok(changed(change));
    }
    // The burnt array goes, and the layer with it; the mark stays if both come back.
    log.ok(changed(|estate| {
        dissolved(estate);
        estate.arrays.remove(&"array-b".into());
        estate.volumes.get_mut(&"vol".into()).unwrap().arrays = vec!["array-a".into()];
    }));
    log.ok(load());
    assert!(log.state.stale_side(&"svc".into(), &"b".into()).is_some(), "S9");
}

#[test]
fn figures_beyond_any_clock_prove_nothing_and_break_nothing() {
    let mut log = Log::new();
    let Command::EstateLoaded { estate, mut policy, runbooks } = load() else { panic!() };
    policy.value.watch.probe_every = Span::from_millis(u64::MAX / 2);
    policy.value.lease.lease = Span::from_millis(u64::MAX - 1);
    log.ok(Command::EstateLoaded { estate, policy, runbooks });
    let array = Target::Array { array: "array-a".into() };
    log.ok(seen(vec![observation("a", array.clone(), Status::Up, Detail::None)]));
    log.ok(seen(vec![observation("a", array, Status::Down, Detail::None)]));
    let run = log.host_loss();
    log.ok(log.start(run, "fence/a1", 1));
    log.pass(Span::from_secs(365 * 24 * 3600));
    assert!(matches!(log.no(log.power_proof("a1")), Rejection::NoProof { .. }));
    log.ok(Command::Withheld {
        host: "a1".into(),
        token: log.token(),
        by: "b1".into(),
        promise_ends_in: Span::ZERO,
    });
    log.pass(Span::from_secs(365 * 24 * 3600));
    let (withheld_by, waited_ms) = ("b1".into(), 1_000_000);
    let lease = FenceEvidence::LeaseExpired { withheld_by, waited_ms, required_ms: waited_ms };
    assert!(matches!(log.no(log.proof("a1", lease)), Rejection::NoProof { .. }));
}
