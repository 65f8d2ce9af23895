//! Steps that persons carry out: who says that they are done, with which evidence, and who that
//! they can't be.

#![allow(clippy::unwrap_used)]

mod clinic;

use clinic::{Log, done, fence, planned};
use model::action::Action;
use model::id::RunId;
use model::incident::Cause;
use model::manual::{EvidenceKind, ManualEvidence, ManualTask, Photo};
use model::plan::{OnFailure, PlannedItem};
use model::step::{ItemRef, Outcome};
use model::units::Span;
use state_machine::{Command, ItemState, Rejection, RunEnd};

fn task(quorum: u32, evidence: EvidenceKind) -> PlannedItem {
    let task = ManualTask {
        role: "operator".to_owned(),
        quorum,
        evidence,
        text: "Open the room's breakers".into(),
    };
    planned("breakers/", Action::Manual(task), &[])
}

fn run_of(items: Vec<PlannedItem>) -> (Log, RunId) {
    let mut log = Log::new();
    let incident = log.incident(Cause::HostLost { host: "a1".into() });
    log.pass(Span::from_secs(31));
    let run = log.run(incident, items);
    (log, run)
}

fn shows(text: &str) -> ManualEvidence {
    ManualEvidence { text: text.to_owned(), photo: None }
}

fn says_done(
    log: &mut Log,
    run: RunId,
    person: &str,
    evidence: ManualEvidence,
) -> Option<Rejection> {
    let key = log.key(run, "breakers/");
    log.said_by(person, Command::StepDone { key, evidence })
}

fn state(log: &Log, run: RunId) -> ItemState {
    log.state.runs[&run].items[&ItemRef { step: "breakers".into(), item: String::new() }].state
}

#[test]
fn so_many_distinct_persons_say_that_it_is_done_once_it_is_its_turn() {
    let (mut log, run) = run_of(vec![task(2, EvidenceKind::Text)]);
    let early = says_done(&mut log, run, "anna", shows("they are open")).unwrap();
    assert!(early.to_string().contains("not its turn"), "{early}");
    log.ok(log.start(run, "breakers/", 1));
    let unsaid = log.no(log.finish(run, "breakers/", 1, done()));
    assert!(unsaid.to_string().contains("0 persons say that it is done, 2 must"), "{unsaid}");

    assert_eq!(says_done(&mut log, run, "anna", shows("they are open")), None);
    let twice = says_done(&mut log, run, "anna", shows("still open")).unwrap();
    assert!(twice.to_string().contains("anna has said so already (1 of 2)"), "{twice}");
    log.no(log.finish(run, "breakers/", 1, done()));
    assert_eq!(says_done(&mut log, run, "bob", shows("seen too")), None);
    log.ok(log.finish(run, "breakers/", 1, done()));
    assert_eq!(state(&log, run), ItemState::Succeeded);
    let late = says_done(&mut log, run, "clara", shows("me too")).unwrap();
    assert!(late.to_string().contains("it is over"), "{late}");
    log.ok(Command::RunEnded { run, end: RunEnd::Succeeded });
}

#[test]
fn nobody_without_a_name_and_nothing_without_the_evidence_that_is_asked_for() {
    let (mut log, run) = run_of(vec![task(1, EvidenceKind::Photo)]);
    log.ok(log.start(run, "breakers/", 1));
    let photo = ManualEvidence {
        text: String::new(),
        photo: Some(Photo { name: "breakers.jpg".to_owned(), sha256: "0a".repeat(32) }),
    };
    let key = log.key(run, "breakers/");
    let nobody = log.no(Command::StepDone { key, evidence: photo.clone() });
    assert!(nobody.to_string().contains("only a person"), "{nobody}");
    let bare = says_done(&mut log, run, "anna", shows("I swear")).unwrap();
    assert!(bare.to_string().contains("asks for a photograph"), "{bare}");
    assert_eq!(says_done(&mut log, run, "anna", photo), None);
    log.ok(log.finish(run, "breakers/", 1, done()));
}

#[test]
fn what_was_said_outlasts_a_change_of_the_leader_and_not_the_time_that_the_step_has() {
    let (mut log, run) = run_of(vec![task(2, EvidenceKind::None)]);
    log.ok(log.start(run, "breakers/", 1));
    assert_eq!(says_done(&mut log, run, "anna", shows("")), None);
    log.ok(log.finish(run, "breakers/", 1, Outcome::Unknown { reason: "leader".to_owned() }));
    assert_eq!(says_done(&mut log, run, "bob", shows("")), None, "also while nobody leads");
    log.ok(log.start(run, "breakers/", 2));
    log.ok(log.finish(run, "breakers/", 2, done()));

    let (mut log, run) = run_of(vec![task(2, EvidenceKind::None)]);
    log.ok(log.start(run, "breakers/", 1));
    assert_eq!(says_done(&mut log, run, "anna", shows("")), None);
    log.pass(Span::from_secs(61));
    assert_eq!(says_done(&mut log, run, "bob", shows("")), None);
    let rejection = log.no(log.finish(run, "breakers/", 1, done()));
    assert!(rejection.to_string().contains("1 persons say"), "{rejection}");
}

#[test]
fn a_person_who_cannot_says_why_and_the_step_has_failed_for_good() {
    let mut before = task(1, EvidenceKind::None);
    before.on_failure = OnFailure::Continue;
    let mut after = fence("a1");
    after.needs.push(before.item.clone());
    let (mut log, run) = run_of(vec![before, after]);
    let cannot = |log: &Log, reason: &str| Command::StepCannot {
        key: log.key(run, "breakers/"),
        reason: reason.to_owned(),
    };
    let early = cannot(&log, "smoke");
    assert!(log.said_by("anna", early).unwrap().to_string().contains("not its turn"));
    log.ok(log.start(run, "breakers/", 1));
    let nobody = log.no(cannot(&log, "smoke"));
    assert!(nobody.to_string().contains("only a person"), "{nobody}");
    let silent = cannot(&log, " ");
    assert!(log.said_by("anna", silent).unwrap().to_string().contains("say why"));
    let told = cannot(&log, "the corridor is full of smoke");
    assert_eq!(log.said_by("anna", told), None);
    assert_eq!(state(&log, run), ItemState::Failed);
    let words = log.state.runs[&run].items.values().find_map(|record| record.outcome.clone());
    let expected = "anna can't do it: the corridor is full of smoke".to_owned();
    assert_eq!(words, Some(Outcome::Failed { reason: expected }));
    let over = says_done(&mut log, run, "bob", shows("")).unwrap();
    assert!(over.to_string().contains("it is over"), "{over}");
}

#[test]
fn a_word_on_what_is_no_persons_task_is_a_word_on_nothing() {
    let (mut log, run) = run_of(vec![fence("a1")]);
    log.ok(log.start(run, "fence/a1", 1));
    for command in [
        Command::StepDone { key: log.key(run, "fence/a1"), evidence: shows("it is off") },
        Command::StepCannot { key: log.key(run, "fence/a1"), reason: "no".to_owned() },
    ] {
        let rejection = log.said_by("anna", command).unwrap();
        assert!(rejection.to_string().contains("no person's task"), "{rejection}");
    }
    assert!(!log.state.hosts[&"a1".into()].fence.as_ref().unwrap().is_proved());
}

#[test]
fn a_task_before_two_persons_have_approved_is_an_act_before_they_have() {
    use model::policy::{Autonomy, Policy};
    let mut log = Log::new();
    let Command::EstateLoaded { runbooks, estate, .. } = clinic::load() else { unreachable!() };
    let mut policy = Policy::default();
    policy.incidents.values_mut().for_each(|class| class.autonomy = Autonomy::Ask);
    let policy = Box::new(clinic::pinned(policy));
    log.ok(Command::EstateLoaded { estate, policy, runbooks });
    let incident = log.incident(Cause::HostLost { host: "a1".into() });
    log.pass(Span::from_secs(31));
    let asks = Action::Approval { from: Vec::new(), quorum: 2 };
    let run = |needs: &[&str]| {
        let mut task = task(1, EvidenceKind::None);
        task.needs = needs.iter().map(|need| clinic::item_ref(need)).collect();
        clinic::run_started(incident, vec![planned("approve/", asks.clone(), &[]), task])
    };
    let rejection = log.no(run(&[]));
    assert!(rejection.to_string().contains("asks a person first"), "{rejection}");
    log.ok(run(&["approve/"]));
}
