//! Runs and their steps: what each needs, what it does, what it refuses.

#![allow(clippy::unwrap_used, clippy::panic)]

mod clinic;

use clinic::*;
use model::id::{HostId, VmId};
use model::incident::{Cause, Phase};
use model::observation::Status;
use model::step::Outcome;
use model::time::LogTime;
use model::units::Span;
use state_machine::{Command, Effect, Intended, Rejection, RunEnd, RunState};

fn host(id: &str) -> HostId {
    id.into()
}

#[test]
fn a_run_waits_for_the_hold_off_the_brakes_and_a_plan_that_is_not_stale() {
    let mut log = Log::new();
    let incident = log.incident(Cause::HostLost { host: "a1".into() });
    let run = || run_started(incident, vec![fence("a1")]);
    assert_eq!(log.no(run()), Rejection::HoldOff { incident });
    log.pass(Span::from_secs(30));
    let until = LogTime(log.now + 60_000);
    log.ok(Command::Paused { until, reason: "works".to_owned() });
    assert!(matches!(log.no(run()), Rejection::Braked { .. }));
    log.ok(Command::Resumed);
    let Command::RunStarted { runbook, runbook_hash, plan, .. } = run() else { panic!() };
    let stale =
        Command::RunStarted { incident, runbook, runbook_hash, estate_hash: "b".repeat(64), plan };
    assert!(matches!(log.no(stale), Rejection::StalePlan { .. }));
    let unordered = vec![start_vm("db-1", "b1", &["fence/a1"]), fence("a1")];
    assert!(matches!(log.no(run_started(incident, unordered)), Rejection::StalePlan { .. }));
    let nowhere = vec![start_vm("db-1", "zz", &[])];
    assert!(matches!(log.no(run_started(incident, nowhere)), Rejection::NoSuch { .. }));
    log.ok(run());
    assert_eq!(log.state.incidents[&incident].phase, Phase::Acting);
    assert!(matches!(log.no(run()), Rejection::Braked { .. }), "one run answers it");
}

#[test]
fn a_class_that_is_only_observed_gets_no_run() {
    let mut log = Log::new();
    let incident = log.incident(Cause::ArrayLost { array: "array-a".into() });
    log.ok(Command::IncidentAbsorbed { incident, reason: "array-b serves".to_owned() });
    assert_eq!(log.state.incidents[&incident].phase, Phase::Absorbed);
    assert!(matches!(log.no(run_started(incident, vec![])), Rejection::Braked { .. }));
}

#[test]
fn the_rate_limit_brakes_and_lets_go_after_its_window() {
    let mut log = Log::new();
    for _ in 0..20 {
        let incident = log.incident(Cause::VmLost { vm: "db-1".into(), host: "a1".into() });
        let run = log.run(incident, vec![]);
        log.ok(Command::RunEnded { run, end: RunEnd::Succeeded });
        log.ok(Command::IncidentEnded { incident, withdrawn: false, reason: "it runs".to_owned() });
    }
    let incident = log.incident(Cause::VmLost { vm: "db-1".into(), host: "a1".into() });
    assert!(matches!(log.no(run_started(incident, vec![])), Rejection::Braked { .. }));
    log.pass(Span::from_secs(3601));
    log.ok(run_started(incident, vec![]));
}

#[test]
fn two_runs_do_not_start_one_vm() {
    let mut log = Log::new();
    log.host_loss();
    let other = log.incident(Cause::VmLost { vm: "db-1".into(), host: "a1".into() });
    let rejection = log.no(run_started(other, vec![start_vm("db-1", "b1", &[])]));
    assert!(rejection.to_string().contains("is starting VM db-1"), "{rejection}");
}

#[test]
fn intent_comes_first_and_each_attempt_once() {
    let mut log = Log::new();
    let run = log.host_loss();
    let before = log.token();
    let applied = log.ok(log.start(run, "fence/a1", 1));
    let order = log.token();
    assert!(order > before, "a fence order raises the epoch");
    assert_eq!(applied.effects, [Effect::Fence { host: "a1".into(), token: order }]);
    assert!(matches!(log.no(log.start(run, "fence/a1", 1)), Rejection::IllegalStep { .. }));
    log.ok(log.finish(run, "fence/a1", 1, Outcome::Unknown { reason: String::new() }));
    assert!(matches!(log.no(log.start(run, "fence/a1", 1)), Rejection::IllegalStep { .. }), "S3");
    let again = log.ok(log.start(run, "fence/a1", 2));
    assert_eq!(again.effects, [Effect::Fence { host: "a1".into(), token: order }], "one order");
    let waits = log.no(log.start(run, "start/db-1", 1));
    assert!(waits.to_string().contains("fence/a1 is not over"), "{waits}");
}

#[test]
fn a_vm_starts_elsewhere_only_once_its_host_is_proved_fenced() {
    let mut log = Log::new();
    let incident = log.incident(Cause::HostLost { host: "a1".into() });
    log.pass(Span::from_secs(31));
    let run = log.run(incident, vec![fence("a1"), start_vm("db-1", "b1", &[])]);
    assert!(matches!(log.no(log.start(run, "start/db-1", 1)), Rejection::NotFenced { .. }), "S1");
    log.ok(log.start(run, "fence/a1", 1));
    assert!(matches!(log.no(log.start(run, "start/db-1", 1)), Rejection::NotFenced { .. }), "S1");
    let unproved = log.no(log.finish(run, "fence/a1", 1, done()));
    assert!(matches!(unproved, Rejection::NoProof { .. }), "S5");
    log.ok(log.power_proof("a1"));
    log.ok(log.finish(run, "fence/a1", 1, done()));
    let applied = log.ok(log.start(run, "start/db-1", 1));
    assert!(matches!(&applied.effects[..], [Effect::Perform { .. }]));
    let vm = &log.state.vms[&VmId::from("db-1")];
    assert_eq!(vm.might_run_on.keys().collect::<Vec<_>>(), [&host("b1")]);
    // S5: done only when a probe saw it run under this start.
    let started = log.token();
    assert!(matches!(log.no(log.finish(run, "start/db-1", 1, done())), Rejection::NoProof { .. }));
    log.ok(seen(vec![vm_seen("a", "db-1", "b1", Status::Up, Some(token(1)), false)]));
    assert!(matches!(log.no(log.finish(run, "start/db-1", 1, done())), Rejection::NoProof { .. }));
    log.ok(seen(vec![vm_seen("a", "db-1", "b1", Status::Up, Some(started), false)]));
    let same_token = log.no(log.finish(run, "start/db-1", 1, done()));
    assert!(matches!(same_token, Rejection::NoProof { .. }), "an execution before this one");
    let key = log.key(run, "start/db-1");
    log.ok(seen(vec![vm_started("a", "db-1", "b1", started, key)]));
    log.ok(log.finish(run, "start/db-1", 1, done()));
    log.ok(Command::RunEnded { run, end: RunEnd::Succeeded });
    assert_eq!(log.state.runs[&run].state, RunState::Ended { end: RunEnd::Succeeded });
}

#[test]
fn a_seal_stands_for_a_fence_only_above_the_placement_and_in_the_same_answer() {
    let mut log = Log::new();
    let incident = log.incident(Cause::VmLost { vm: "db-1".into(), host: "a1".into() });
    let run = log.run(incident, vec![start_vm("db-1", "b1", &[])]);
    let placed = log.state.vms[&VmId::from("db-1")].placed.as_ref().unwrap().1;
    let down = || vm_seen("b", "db-1", "a1", Status::Down, None, false);
    let high = token(placed.epoch.0 + 1);
    for not_a_seal in [
        vec![down()],
        vec![host_up("b", "a1", "boot-1", high)],
        vec![down(), host_up("c", "a1", "boot-1", high)],
        vec![down(), host_up("b", "a1", "boot-1", placed)],
    ] {
        log.ok(seen(not_a_seal));
        let rejection = log.no(log.start(run, "start/db-1", 1));
        assert!(matches!(rejection, Rejection::NotFenced { .. }), "{rejection}");
    }
    log.ok(seen(vec![down(), host_up("b", "a1", "boot-1", high)]));
    log.ok(log.start(run, "start/db-1", 1));
}

#[test]
fn a_vm_stopped_on_purpose_is_not_started() {
    let mut log = Log::new();
    let run = log.host_loss();
    log.ok(log.start(run, "fence/a1", 1));
    log.ok(log.power_proof("a1"));
    log.ok(log.finish(run, "fence/a1", 1, done()));
    log.ok(Command::VmIntended {
        vm: "db-1".into(),
        intended: Intended::StoppedOnPurpose,
        reason: "asked".to_owned(),
    });
    let rejection = log.no(log.start(run, "start/db-1", 1));
    assert_eq!(rejection, Rejection::StoppedOnPurpose { vm: "db-1".into() });
    let key = log.key(run, "start/db-1");
    log.ok(Command::StepSkipped { key, reason: rejection.to_string() });
    log.ok(Command::RunEnded { run, end: RunEnd::Succeeded });
}

#[test]
fn a_pause_stops_the_next_step_of_a_run_and_lasts_a_day_at_most() {
    let mut log = Log::new();
    let run = log.host_loss();
    let pause = |log: &Log, hours: u64| Command::Paused {
        until: LogTime(log.now).after(Span::from_secs(hours * 3600)),
        reason: "works".to_owned(),
    };
    let longest = Span::from_secs(24 * 3600);
    assert_eq!(log.no(pause(&log, 25)), Rejection::NoEnd { longest });
    assert_eq!(log.no(pause(&log, 0)), Rejection::NoEnd { longest });
    log.ok(pause(&log, 1));
    assert!(matches!(log.no(log.start(run, "fence/a1", 1)), Rejection::Braked { .. }), "S8");
    log.pass(Span::from_secs(3601));
    log.ok(log.start(run, "fence/a1", 1));
}

#[test]
fn a_fenced_host_is_admitted_only_when_no_run_needs_its_fence() {
    let mut log = Log::new();
    let run = log.host_loss();
    log.ok(log.start(run, "fence/a1", 1));
    log.ok(log.power_proof("a1"));
    let admit = |log: &Log| Command::HostAdmitted {
        host: "a1".into(),
        boot: "boot-2".to_owned(),
        sealed_below: log.token(),
    };
    assert!(matches!(log.no(admit(&log)), Rejection::Braked { .. }));
    log.ok(log.finish(run, "fence/a1", 1, done()));
    let end = RunEnd::Failed { reason: "asked to stop".to_owned() };
    log.ok(Command::RunEnded { run, end });
    let mut held = log.clone();
    let until = LogTime(held.now + 60_000);
    held.ok(Command::Paused { until, reason: "works".to_owned() });
    assert!(matches!(held.no(admit(&held)), Rejection::Braked { .. }), "S8: it would stop VMs");
    log.ok(admit(&log));
    assert!(log.state.hosts[&host("a1")].may_start());
}

#[test]
fn a_run_does_not_end_while_an_effect_may_be_on_its_way() {
    let mut log = Log::new();
    let run = log.host_loss();
    log.ok(log.start(run, "fence/a1", 1));
    let end = |end| Command::RunEnded { run, end };
    let failed = || RunEnd::Failed { reason: String::new() };
    assert!(matches!(log.no(end(failed())), Rejection::IllegalStep { .. }));
    log.ok(log.power_proof("a1"));
    log.ok(log.finish(run, "fence/a1", 1, done()));
    assert!(matches!(log.no(end(RunEnd::Succeeded)), Rejection::IllegalStep { .. }));
    log.ok(end(failed()));
    assert_eq!(log.no(end(failed())), Rejection::RunOver { run });
    assert!(matches!(log.no(log.start(run, "start/db-1", 1)), Rejection::RunOver { .. }));
}

#[test]
fn a_vm_that_runs_again_on_a_host_since_its_seal_is_not_started_elsewhere() {
    let mut log = Log::new();
    // The host was rebooted, its agent sealed, the host was let in again: db-1 is down there.
    log.ok(seen(vec![host_up("b", "a1", "boot-2", token(1))]));
    let sealed_below = token(log.token().epoch.0 + 1);
    log.ok(Command::HostAdmitted { host: "a1".into(), boot: "boot-2".to_owned(), sealed_below });
    let vm = &log.state.vms[&VmId::from("db-1")];
    assert!(vm.sealed[&host("a1")] > vm.might_run_on[&host("a1")]);
    // Its administrator starts it by hand.
    log.ok(seen(vec![vm_seen("b", "db-1", "a1", Status::Up, None, false)]));
    let incident = log.incident(Cause::HostLost { host: "a2".into() });
    log.pass(Span::from_secs(31));
    let run = log.run(incident, vec![start_vm("db-1", "b1", &[])]);
    let rejection = log.no(log.start(run, "start/db-1", 1));
    assert!(matches!(rejection, Rejection::NotFenced { .. }), "S1: {rejection}");
}

#[test]
fn what_came_up_by_itself_with_its_host_is_not_covered_by_a_seal_from_before_the_boot() {
    let mut log = Log::new();
    log.ok(seen(vec![host_up("b", "a1", "boot-2", token(1))]));
    let sealed_below = token(log.token().epoch.0 + 1);
    log.ok(Command::HostAdmitted { host: "a1".into(), boot: "boot-2".to_owned(), sealed_below });
    // It boots once more and is in quarantine; something starts the VM.
    log.ok(seen(vec![
        host_up("b", "a1", "boot-3", sealed_below),
        vm_seen("b", "db-1", "a1", Status::Up, None, false),
    ]));
    assert!(!log.state.hosts[&host("a1")].may_start());
    let incident = log.incident(Cause::HostLost { host: "a2".into() });
    log.pass(Span::from_secs(31));
    let run = log.run(incident, vec![start_vm("db-1", "b1", &[])]);
    let rejection = log.no(log.start(run, "start/db-1", 1));
    assert!(matches!(rejection, Rejection::NotFenced { .. }), "S1: {rejection}");
}

#[test]
fn an_admission_of_a_boot_that_is_over_is_refused() {
    let mut log = Log::new();
    log.ok(seen(vec![host_up("b", "a1", "boot-2", token(1))]));
    let sealed_below = token(log.token().epoch.0 + 1);
    // The agent sealed in boot-2; before that is committed the host boots again.
    log.ok(seen(vec![host_up("b", "a1", "boot-3", sealed_below)]));
    let admit = |boot: &str| Command::HostAdmitted {
        host: "a1".into(),
        boot: boot.to_owned(),
        sealed_below,
    };
    let rejection = log.no(admit("boot-2"));
    assert!(rejection.to_string().contains("booted again"), "{rejection}");
    log.ok(admit("boot-3"));
}
