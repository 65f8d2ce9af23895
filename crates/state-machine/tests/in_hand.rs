//! A person takes a run in hand: has a step tried again, passes one over, holds the run, ends it.
//! Each says who and why, and nothing of it gets round what keeps VMs from running twice.

#![allow(clippy::unwrap_used)]

mod clinic;

use clinic::{Log, done, fence, planned, start_vm};
use model::action::Action;
use model::id::{IncidentId, RunId};
use model::incident::Cause;
use model::manual::{EvidenceKind, ManualTask};
use model::plan::{OnFailure, PlannedItem};
use model::step::Outcome;
use model::time::LogTime;
use model::units::Span;
use state_machine::{Command, ItemState, Rejection, RunEnd, RunState};

const WHY: &str = "seen on the spot";

fn failing(mut item: PlannedItem, on_failure: OnFailure) -> PlannedItem {
    item.on_failure = on_failure;
    item
}

fn check(service: &str, needs: &[&str]) -> PlannedItem {
    let action = Action::ServiceCheck { service: service.into() };
    planned(&format!("check/{service}"), action, needs)
}

fn task(needs: &[&str]) -> PlannedItem {
    let task = ManualTask {
        role: "operator".to_owned(),
        quorum: 1,
        evidence: EvidenceKind::None,
        text: "Tell the wards".into(),
    };
    planned("tell/", Action::Manual(task), needs)
}

fn run_of(items: Vec<PlannedItem>) -> (Log, RunId) {
    let mut log = Log::new();
    let incident = log.incident(Cause::HostLost { host: "a1".into() });
    log.pass(Span::from_secs(31));
    let run = log.run(incident, items);
    (log, run)
}

/// A fence whose failure leaves the rest, a VM that needs it, and a check after that.
fn three_steps() -> (Log, RunId) {
    let fence = failing(fence("a1"), OnFailure::Continue);
    let start = failing(start_vm("db-1", "b1", &["fence/a1"]), OnFailure::Ignore);
    run_of(vec![fence, start, check("db", &["start/db-1"])])
}

fn retry(log: &Log, run: RunId, item: &str) -> Command {
    Command::StepRetried { key: log.key(run, item), reason: WHY.to_owned() }
}

fn pass_over(log: &Log, run: RunId, item: &str) -> Command {
    Command::StepPassedOver { key: log.key(run, item), reason: WHY.to_owned() }
}

fn skipped(log: &Log, run: RunId, item: &str) -> Command {
    Command::StepSkipped { key: log.key(run, item), reason: "it needs what failed".to_owned() }
}

fn failed(log: &mut Log, run: RunId, item: &str, attempt: u32) {
    log.ok(log.start(run, item, attempt));
    let outcome = Outcome::Failed { reason: "no rung has proved".to_owned() };
    log.ok(Command::StepFinished { key: log.key(run, item), attempt, outcome, last: true });
}

fn states(log: &Log, run: RunId) -> Vec<ItemState> {
    let run = &log.state.runs[&run];
    run.plan.items.iter().map(|planned| run.items[&planned.item].state).collect()
}

fn aborted(run: RunId) -> Command {
    Command::RunAborted { run, reason: WHY.to_owned() }
}

use runbook::ItemState::{Failed, Retrying, Skipped, Started, Succeeded, Waiting};

#[test]
fn what_failed_for_good_is_tried_once_more_and_what_was_skipped_for_it_waits_again() {
    let (mut log, run) = three_steps();
    failed(&mut log, run, "fence/a1", 1);
    log.ok(skipped(&log, run, "start/db-1"));
    log.ok(skipped(&log, run, "check/db"));
    assert_eq!(log.said_by("anna", retry(&log, run, "fence/a1")), None);
    assert_eq!(states(&log, run), [Retrying, Waiting, Waiting]);
    let premature = log.no(log.start(run, "start/db-1", 1));
    assert!(premature.to_string().contains("fence/a1 is not over"), "{premature}");
    log.ok(log.start(run, "fence/a1", 2));
    log.ok(log.power_proof("a1"));
    log.ok(log.finish(run, "fence/a1", 2, done()));
    log.ok(log.start(run, "start/db-1", 1));
    assert_eq!(states(&log, run), [Succeeded, Started, Waiting]);
}

#[test]
fn only_what_is_over_without_success_is_tried_again_by_a_person_who_says_why() {
    let (mut log, run) = three_steps();
    let no = |log: &mut Log, item: &str| log.said_by("anna", retry(log, run, item)).unwrap();
    let waits = no(&mut log, "fence/a1").to_string();
    assert!(waits.contains("only what failed for good or was skipped"), "{waits}");
    failed(&mut log, run, "fence/a1", 1);
    let nobody = log.no(retry(&log, run, "fence/a1"));
    assert!(nobody.to_string().contains("only a person"), "{nobody}");
    let silent = Command::StepRetried { key: log.key(run, "fence/a1"), reason: String::new() };
    assert!(log.said_by("anna", silent).unwrap().to_string().contains("say why"));
    assert_eq!(log.said_by("anna", retry(&log, run, "fence/a1")), None);
    log.ok(log.start(run, "fence/a1", 2));
    log.ok(log.power_proof("a1"));
    log.ok(log.finish(run, "fence/a1", 2, done()));
    assert!(no(&mut log, "fence/a1").to_string().contains("it is over"));
}

#[test]
fn a_vm_that_another_run_starts_meanwhile_is_not_started_by_trying_again() {
    let (mut log, run) = three_steps();
    failed(&mut log, run, "fence/a1", 1);
    log.ok(skipped(&log, run, "start/db-1"));
    let other = log.incident(Cause::VmLost { vm: "db-1".into(), host: "a1".into() });
    log.pass(Span::from_secs(60));
    log.run(other, vec![start_vm("db-1", "b2", &[])]);
    for item in ["fence/a1", "start/db-1"] {
        let rejection = log.said_by("anna", retry(&log, run, item)).unwrap();
        assert!(rejection.to_string().contains("is starting VM db-1"), "{item}: {rejection}");
    }
}

#[test]
fn a_step_that_is_passed_over_holds_nobody_back_and_says_by_whom() {
    let (mut log, run) =
        run_of(vec![failing(fence("a1"), OnFailure::Continue), task(&[]), check("db", &["tell/"])]);
    // Under way, but it only waits for a person.
    log.ok(log.start(run, "tell/", 1));
    let nobody = log.no(pass_over(&log, run, "tell/"));
    assert!(nobody.to_string().contains("only a person"), "{nobody}");
    assert_eq!(log.said_by("anna", pass_over(&log, run, "tell/")), None);
    log.ok(log.start(run, "check/db", 1));
    let record = &log.state.runs[&run].items[&clinic::item_ref("tell/")];
    assert_eq!(record.passed_over_by, Some("anna".into()));
    assert_eq!(record.outcome.as_ref().unwrap().words(), "passed over by anna: seen on the spot");
    // What a person passed over stays so when something before it is tried again.
    assert_eq!(log.said_by("anna", retry(&log, run, "tell/")), None, "until a person asks for it");
    assert_eq!(states(&log, run)[1], Waiting);
}

#[test]
fn what_failed_is_passed_over_and_what_was_skipped_for_it_goes_on() {
    let check = |needs: &[&str]| failing(check("db", needs), OnFailure::Continue);
    let (mut log, run) = run_of(vec![check(&[]), task(&["check/db"])]);
    failed(&mut log, run, "check/db", 1);
    log.ok(skipped(&log, run, "tell/"));
    assert_eq!(log.said_by("anna", pass_over(&log, run, "check/db")), None);
    assert_eq!(states(&log, run), [Skipped, Waiting]);
    log.ok(log.start(run, "tell/", 1));
}

#[test]
fn nobody_passes_over_what_holds_others_back_for_their_safety_or_what_may_be_on_its_way() {
    let approval = Action::Approval { from: Vec::new(), quorum: 2 };
    let layer = Action::StorageConfirmSide { layer: "svc".into(), room: "b".into() };
    let (mut log, run) = run_of(vec![
        planned("approve/", approval, &[]),
        fence("a1"),
        planned("side/svc", layer, &[]),
        start_vm("db-1", "b1", &["fence/a1", "side/svc"]),
        fence("a2"),
    ]);
    for (item, says) in [
        ("approve/", "given by those who may"),
        ("fence/a1", "start/db-1 relies on this fence"),
        ("side/svc", "start/db-1 relies on this side"),
    ] {
        let rejection = log.said_by("anna", pass_over(&log, run, item)).unwrap();
        assert!(rejection.to_string().contains(says), "{item}: {rejection}");
    }
    log.ok(log.start(run, "fence/a2", 1));
    let under_way = log.said_by("anna", pass_over(&log, run, "fence/a2")).unwrap();
    assert!(under_way.to_string().contains("on its way"), "{under_way}");
    log.ok(log.finish(run, "fence/a2", 1, Outcome::Failed { reason: "no answer".to_owned() }));
    assert_eq!(log.said_by("anna", pass_over(&log, run, "fence/a2")), None, "nobody relies on it");
}

#[test]
fn nothing_between_an_approval_or_a_side_and_what_waits_for_it_is_passed_over_before_it() {
    let approval = || Action::Approval { from: Vec::new(), quorum: 2 };
    let side = || Action::StorageConfirmSide { layer: "svc".into(), room: "b".into() };
    for (name, before) in [("approve/", approval()), ("side/svc", side())] {
        // The start needs the task alone, and the other through it.
        let (mut log, run) = run_of(vec![
            planned(name, before, &[]),
            task(&[name]),
            start_vm("db-1", "b1", &["tell/"]),
        ]);
        let rejection = log.said_by("anna", pass_over(&log, run, "tell/")).unwrap();
        assert!(rejection.to_string().contains("comes before it and is not done"), "{rejection}");
        log.no(log.start(run, "start/db-1", 1));
    }
    // Where nothing follows, nothing is hidden.
    let (mut log, run) = run_of(vec![planned("approve/", approval(), &[]), task(&["approve/"])]);
    assert_eq!(log.said_by("anna", pass_over(&log, run, "tell/")), None);
}

#[test]
fn a_vm_that_another_run_starts_meanwhile_is_not_started_by_passing_over() {
    let start = failing(start_vm("db-1", "b1", &["check/db"]), OnFailure::Ignore);
    let check = failing(check("db", &[]), OnFailure::Continue);
    let (mut log, run) = run_of(vec![check, start]);
    failed(&mut log, run, "check/db", 1);
    log.ok(skipped(&log, run, "start/db-1"));
    let other = log.incident(Cause::VmLost { vm: "db-1".into(), host: "a1".into() });
    log.pass(Span::from_secs(60));
    log.run(other, vec![start_vm("db-1", "b2", &[])]);
    let rejection = log.said_by("anna", pass_over(&log, run, "check/db")).unwrap();
    assert!(rejection.to_string().contains("is starting VM db-1"), "{rejection}");
}

#[test]
fn what_was_said_of_a_task_that_failed_does_not_count_when_it_is_tried_again() {
    let mut two = task(&[]);
    let Action::Manual(what) = &mut two.action else { unreachable!() };
    what.quorum = 2;
    let (mut log, run) = run_of(vec![failing(two, OnFailure::Continue), check("db", &["tell/"])]);
    log.ok(log.start(run, "tell/", 1));
    let key = log.key(run, "tell/");
    let says = || Command::StepDone { key: key.clone(), evidence: Default::default() };
    assert_eq!(log.said_by("anna", says()), None);
    let cannot = Command::StepCannot { key: key.clone(), reason: WHY.to_owned() };
    assert_eq!(log.said_by("bob", cannot), None);
    assert_eq!(log.said_by("carl", retry(&log, run, "tell/")), None);
    log.ok(log.start(run, "tell/", 2));
    assert_eq!(log.said_by("bob", says()), None);
    let lonely = log.no(log.finish(run, "tell/", 2, done()));
    assert!(matches!(lonely, Rejection::NoProof { .. }), "{lonely}");
    assert_eq!(log.said_by("anna", says()), None, "this time");
    log.ok(log.finish(run, "tell/", 2, done()));
}

#[test]
fn what_waits_again_goes_on_counting_its_attempts() {
    let start = failing(start_vm("db-1", "b1", &["fence/a1"]), OnFailure::Continue);
    let fence = failing(fence("a1"), OnFailure::Ignore);
    let (mut log, run) = run_of(vec![fence, start, check("db", &["start/db-1"])]);
    failed(&mut log, run, "fence/a1", 1);
    log.ok(skipped(&log, run, "start/db-1"));
    assert_eq!(log.said_by("anna", retry(&log, run, "start/db-1")), None);
    let record = |log: &Log| log.state.runs[&run].items[&clinic::item_ref("start/db-1")].clone();
    let token = log.state.token();
    log.state
        .runs
        .get_mut(&run)
        .unwrap()
        .items
        .get_mut(&clinic::item_ref("start/db-1"))
        .unwrap()
        .attempts = 1;
    log.ok(skipped(&log, run, "start/db-1"));
    assert_eq!(log.said_by("anna", retry(&log, run, "fence/a1")), None);
    assert_eq!((record(&log).state, record(&log).attempts), (Waiting, 1));
    let again = Command::StepStarted { key: log.key(run, "start/db-1"), token, attempt: 1 };
    assert!(matches!(log.no(again), Rejection::IllegalStep { .. }));
}

#[test]
fn a_task_at_the_end_that_is_passed_over_beforehand_ends_nothing() {
    let mut tell = task(&[]);
    tell.always = true;
    let (mut log, run) = run_of(vec![failing(fence("a1"), OnFailure::Continue), tell]);
    failed(&mut log, run, "fence/a1", 1);
    assert_eq!(log.said_by("anna", pass_over(&log, run, "tell/")), None);
    assert_eq!(log.said_by("anna", retry(&log, run, "fence/a1")), None);
}

#[test]
fn an_end_that_was_on_its_way_does_not_undo_what_a_person_had_tried_again() {
    let (mut log, run) = run_of(vec![fence("a1"), check("db", &["fence/a1"])]);
    failed(&mut log, run, "fence/a1", 1);
    assert_eq!(log.said_by("anna", retry(&log, run, "fence/a1")), None);
    let end = Command::RunEnded { run, end: RunEnd::Failed { reason: WHY.to_owned() } };
    let rejection = log.no(end);
    assert!(rejection.to_string().contains("is to be tried again"), "{rejection}");
    log.ok(log.start(run, "fence/a1", 2));
}

#[test]
fn an_aborted_run_has_not_succeeded_even_where_everything_in_it_has() {
    let (mut log, run) = run_of(vec![fence("a1")]);
    log.ok(log.start(run, "fence/a1", 1));
    log.ok(log.power_proof("a1"));
    log.ok(log.finish(run, "fence/a1", 1, done()));
    assert_eq!(log.said_by("anna", aborted(run)), None);
    let end = log.no(Command::RunEnded { run, end: RunEnd::Succeeded });
    assert!(end.to_string().contains("was aborted by anna"), "{end}");
}

#[test]
fn a_held_run_starts_nothing_until_its_pause_ends() {
    let (mut log, run) = three_steps();
    let pause = |log: &Log, minutes: u64| Command::RunPaused {
        run,
        until: LogTime(log.now).after(Span::from_secs(minutes * 60)),
        reason: WHY.to_owned(),
    };
    let nobody = log.no(pause(&log, 10));
    assert!(nobody.to_string().contains("only a person"), "{nobody}");
    for minutes in [0, 25 * 60] {
        let endless = pause(&log, minutes);
        assert!(matches!(log.said_by("anna", endless), Some(Rejection::NoEnd { .. })));
    }
    let ten = pause(&log, 10);
    assert_eq!(log.said_by("anna", ten), None);
    let held = log.no(log.start(run, "fence/a1", 1));
    assert!(held.to_string().contains("is paused until"), "{held}");
    let shorter = pause(&log, 5);
    let shorter = log.said_by("bob", shorter).unwrap();
    assert!(shorter.to_string().contains("a shorter one would end it early"), "{shorter}");
    assert_eq!(log.said_by("bob", Command::RunResumed { run }), None);
    let over = log.said_by("bob", Command::RunResumed { run }).unwrap();
    assert!(over.to_string().contains("is not paused"), "{over}");
    log.ok(log.start(run, "fence/a1", 1));
    // And it ends by itself.
    let ten = pause(&log, 10);
    assert_eq!(log.said_by("anna", ten), None);
    log.ok(log.finish(run, "fence/a1", 1, Outcome::Failed { reason: "no answer".to_owned() }));
    log.no(log.start(run, "fence/a1", 2));
    log.pass(Span::from_secs(600));
    log.ok(log.start(run, "fence/a1", 2));
}

#[test]
fn another_run_goes_on_while_one_is_held() {
    let (mut log, run) = three_steps();
    let until = LogTime(log.now).after(Span::from_secs(600));
    assert_eq!(log.said_by("anna", Command::RunPaused { run, until, reason: WHY.into() }), None);
    let other = log.incident(Cause::HostLost { host: "a2".into() });
    log.pass(Span::from_secs(31));
    let other = log.run(other, vec![fence("a2")]);
    log.ok(log.start(other, "fence/a2", 1));
    assert!(!log.state.fence_is_held(&"a2".into(), log.state.log_time));
}

#[test]
fn an_aborted_run_starts_nothing_but_what_always_runs_and_has_not_succeeded() {
    let mut tell = task(&["start/db-1"]);
    tell.always = true;
    let (mut log, run) = run_of(vec![fence("a1"), start_vm("db-1", "b1", &["fence/a1"]), tell]);
    log.ok(log.start(run, "fence/a1", 1));
    let nobody = log.no(aborted(run));
    assert!(nobody.to_string().contains("only a person"), "{nobody}");
    let early = log.no(log.start(run, "tell/", 1));
    assert!(early.to_string().contains("fence/a1 is under way"), "{early}");
    assert_eq!(log.said_by("anna", aborted(run)), None);
    let twice = log.said_by("bob", aborted(run)).unwrap();
    assert!(twice.to_string().contains("aborted by anna already"), "{twice}");

    let early = log.no(log.start(run, "tell/", 1));
    assert!(early.to_string().contains("fence/a1 is under way"), "{early}");
    log.ok(log.power_proof("a1"));
    log.ok(log.finish(run, "fence/a1", 1, done()));
    let late = log.no(log.start(run, "start/db-1", 1));
    assert!(late.to_string().contains("was aborted by anna"), "{late}");
    log.ok(log.start(run, "tell/", 1));
    for command in [retry(&log, run, "start/db-1"), pass_over(&log, run, "start/db-1")] {
        assert!(log.said_by("bob", command).is_some(), "nothing of it is left to be said");
    }
    assert_eq!(
        log.said_by(
            "bob",
            Command::StepDone { key: log.key(run, "tell/"), evidence: Default::default() }
        ),
        None
    );
    log.ok(log.finish(run, "tell/", 1, done()));
    let end = log.no(Command::RunEnded { run, end: RunEnd::Succeeded });
    assert!(matches!(end, Rejection::IllegalStep { .. } | Rejection::Braked { .. }), "{end}");
    log.ok(Command::RunEnded { run, end: RunEnd::Failed { reason: WHY.to_owned() } });
}

#[test]
fn what_always_runs_waits_for_its_turn_where_nobody_aborted_too() {
    let mut tell = task(&[]);
    tell.always = true;
    let (mut log, run) = run_of(vec![fence("a1"), check("db", &["fence/a1"]), tell]);
    let early = log.no(log.start(run, "tell/", 1));
    assert!(early.to_string().contains("fence/a1 is not over"), "{early}");
    failed(&mut log, run, "fence/a1", 1);
    log.ok(log.start(run, "tell/", 1));
    // It has begun to end: nothing goes back from there.
    let rejection = log.said_by("anna", retry(&log, run, "fence/a1")).unwrap();
    assert!(rejection.to_string().contains("is ending"), "{rejection}");
}

#[test]
fn what_always_runs_changes_nothing_over_a_persons_no() {
    let approval = Action::Approval { from: Vec::new(), quorum: 2 };
    let mut tell = task(&["fence/a1"]);
    tell.always = true;
    let mut fences = fence("a1");
    fences.needs.push(clinic::item_ref("approve/"));
    let (mut log, run) = run_of(vec![planned("approve/", approval, &[]), fences, tell]);
    failed(&mut log, run, "approve/", 1);
    let rejection = log.no(log.start(run, "tell/", 1));
    assert!(rejection.to_string().contains("approve was not approved"), "{rejection}");
}

#[test]
fn a_plan_in_which_something_waits_for_what_comes_last_is_refused() {
    let mut log = Log::new();
    let incident = log.incident(Cause::HostLost { host: "a1".into() });
    log.pass(Span::from_secs(31));
    let mut tell = task(&[]);
    tell.always = true;
    let plan = vec![tell, check("db", &["tell/"])];
    let rejection = log.no(clinic::run_started(incident, plan));
    assert!(rejection.to_string().contains("comes after everything"), "{rejection}");
}

#[test]
fn the_incident_of_an_aborted_run_is_a_persons_until_one_hands_it_back() {
    let (mut log, run) = three_steps();
    let incident: IncidentId = log.state.runs[&run].incident;
    assert_eq!(log.said_by("anna", aborted(run)), None);
    log.ok(Command::RunEnded { run, end: RunEnd::Failed { reason: WHY.to_owned() } });
    let again = || clinic::run_started(incident, vec![fence("a1")]);
    let braked = log.no(again()).to_string();
    assert!(braked.contains("anna took this over"), "{braked}");
    assert!(braked.contains(&format!("bascule incident approve {}", incident.0)), "{braked}");
    let approved = || Command::IncidentApproved { incident };
    log.no(approved());
    assert_eq!(log.said_by("bob", approved()), None);
    log.ok(again());
    let nothing_to_say = log.said_by("bob", approved()).unwrap();
    assert!(nothing_to_say.to_string().contains("does not ask"), "{nothing_to_say}");
}

#[test]
fn who_approved_an_incident_has_not_approved_what_follows_an_abort() {
    use model::policy::{Autonomy, Policy};
    let mut log = Log::new();
    let Command::EstateLoaded { runbooks, estate, .. } = clinic::load() else { unreachable!() };
    let mut policy = Policy::default();
    policy.incidents.values_mut().for_each(|class| {
        class.autonomy = Autonomy::Ask;
        class.approvals.quorum = 2;
    });
    let policy = Box::new(clinic::pinned(policy));
    log.ok(Command::EstateLoaded { estate, policy, runbooks });
    let incident = log.incident(Cause::HostLost { host: "a1".into() });
    log.pass(Span::from_secs(31));
    let approved = || Command::IncidentApproved { incident };
    assert_eq!(log.said_by("dana", approved()), None);
    assert_eq!(log.said_by("eve", approved()), None);
    let run = log.run(incident, vec![fence("a1")]);
    assert_eq!(log.said_by("anna", aborted(run)), None);
    log.ok(Command::RunEnded { run, end: RunEnd::Failed { reason: WHY.to_owned() } });
    let again = || clinic::run_started(incident, vec![fence("a1")]);
    log.no(again());
    assert_eq!(log.said_by("dana", approved()), None);
    let one = log.no(again()).to_string();
    assert!(one.contains("(1 of 2)"), "{one}");
    assert_eq!(log.said_by("eve", approved()), None);
    log.ok(again());
}

#[test]
fn the_fence_of_a_run_that_a_person_holds_waits_unless_another_run_needs_it() {
    let (mut log, run) = three_steps();
    log.ok(log.start(run, "fence/a1", 1));
    let held = |log: &Log| log.state.fence_is_held(&"a1".into(), LogTime(log.now));
    assert!(!held(&log));
    let until = LogTime(log.now).after(Span::from_secs(600));
    assert_eq!(log.said_by("anna", Command::RunPaused { run, until, reason: WHY.into() }), None);
    assert!(held(&log));
    assert_eq!(log.said_by("anna", aborted(run)), None);
    assert!(held(&log), "of an aborted run too");
    let incident = log.incident(Cause::RoomLost { room: "a".into() });
    log.pass(Span::from_secs(61));
    let other = log.run(incident, vec![fence("a1")]);
    assert!(held(&log), "what comes later in another run fences nothing yet");
    log.ok(log.start(other, "fence/a1", 1));
    assert!(!held(&log));
    // Who ordered it first is out of it by now: the run that joined the order is held as well.
    let until = LogTime(log.now).after(Span::from_secs(600));
    let pause = Command::RunPaused { run: other, until, reason: WHY.into() };
    assert_eq!(log.said_by("anna", pause), None);
    assert!(held(&log));
}

#[test]
fn a_run_that_joined_the_order_of_one_that_has_ended_holds_the_fence_too() {
    let (mut log, run) = three_steps();
    failed(&mut log, run, "fence/a1", 1);
    log.ok(Command::RunEnded { run, end: RunEnd::Failed { reason: WHY.to_owned() } });
    let incident = log.incident(Cause::RoomLost { room: "a".into() });
    log.pass(Span::from_secs(61));
    let joined = log.run(incident, vec![fence("a1")]);
    log.ok(log.start(joined, "fence/a1", 1));
    let held = |log: &Log| log.state.fence_is_held(&"a1".into(), LogTime(log.now));
    assert!(!held(&log));
    let until = LogTime(log.now).after(Span::from_secs(600));
    let pause = Command::RunPaused { run: joined, until, reason: WHY.into() };
    assert_eq!(log.said_by("anna", pause), None);
    assert!(held(&log));
}

#[test]
fn an_ended_run_is_in_nobodys_hands() {
    let (mut log, run) = three_steps();
    failed(&mut log, run, "fence/a1", 1);
    log.ok(Command::RunEnded { run, end: RunEnd::Failed { reason: WHY.to_owned() } });
    let until = LogTime(log.now).after(Span::from_secs(600));
    for command in [
        retry(&log, run, "fence/a1"),
        pass_over(&log, run, "fence/a1"),
        aborted(run),
        Command::RunPaused { run, until, reason: WHY.to_owned() },
        Command::RunResumed { run },
    ] {
        let name = command.name();
        assert_eq!(log.said_by("anna", command), Some(Rejection::RunOver { run }), "{name}");
    }
    assert!(matches!(log.state.runs[&run].state, RunState::Ended { .. }));
    assert_eq!(states(&log, run)[0], Failed);
}
