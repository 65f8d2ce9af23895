//! Where the policy asks people, nothing runs before enough of them have said yes.

#![allow(clippy::unwrap_used)]

mod clinic;

use clinic::{Log, clinic as estate, fence, item_ref, pinned, planned, run_started};
use model::action::Action;
use model::id::{IncidentId, PersonId, RunId};
use model::incident::{Cause, IncidentClass};
use model::plan::OnFailure;
use model::policy::{Approvals, Autonomy, Policy};
use model::step::{ItemRef, Outcome, StepKey};
use model::time::LogTime;
use model::units::Span;
use proptest::prelude::*;
use state_machine::{Approval, Command, Question, Rejection, Terms, apply};

fn people(names: &[&str]) -> std::collections::BTreeSet<PersonId> {
    names.iter().map(|name| PersonId::from(*name)).collect()
}

fn load(log: &mut Log, policy: Policy) {
    let Command::EstateLoaded { runbooks, .. } = clinic::load() else { unreachable!() };
    log.ok(Command::EstateLoaded {
        estate: Box::new(pinned(estate())),
        policy: Box::new(pinned(policy)),
        runbooks,
    });
}

fn policy(autonomy: Autonomy, approvals: &Approvals) -> Policy {
    let mut policy = Policy::default();
    for class in policy.incidents.values_mut() {
        class.autonomy = autonomy;
        class.approvals = approvals.clone();
    }
    policy
}

fn log_asking(approvals: &Approvals) -> (Log, IncidentId) {
    let mut log = Log::new();
    load(&mut log, policy(Autonomy::Ask, approvals));
    let incident = log.incident(Cause::HostLost { host: "a1".into() });
    log.pass(Span::from_secs(31));
    (log, incident)
}

fn log_with(autonomy: Autonomy) -> (Log, IncidentId) {
    let mut log = Log::new();
    load(&mut log, policy(autonomy, &Approvals::default()));
    let incident = log.incident(Cause::HostLost { host: "a1".into() });
    log.pass(Span::from_secs(31));
    (log, incident)
}

fn approve(log: &mut Log, incident: IncidentId, person: Option<&str>) -> Option<Rejection> {
    let mut entry = log.entry(Command::IncidentApproved { incident });
    entry.person = person.map(PersonId::from);
    log.index += 1;
    apply(&mut log.state, log.index, &entry).rejected
}

#[test]
fn where_the_policy_asks_a_run_without_approval_is_braked_and_says_how_to_approve() {
    let (mut log, incident) = log_with(Autonomy::Ask);
    let rejection = log.no(run_started(incident, vec![fence("a1")]));
    let says = format!("asks a person first: bascule incident approve {}", incident.0);
    assert!(rejection.to_string().contains(&says), "{rejection}");
}

#[test]
fn with_the_approval_of_a_person_it_runs() {
    let (mut log, incident) = log_with(Autonomy::Ask);
    assert_eq!(approve(&mut log, incident, Some("dana")), None);
    assert!(log.state.is_approved(incident, log.state.log_time));
    log.run(incident, vec![fence("a1")]);
}

#[test]
fn an_approval_ends_no_hold_off_and_no_pause() {
    let (mut log, _) = log_with(Autonomy::Ask);
    let incident = log.incident(Cause::HostLost { host: "a2".into() });
    assert_eq!(approve(&mut log, incident, Some("dana")), None);
    let rejection = log.no(run_started(incident, vec![fence("a2")]));
    assert_eq!(rejection, Rejection::HoldOff { incident });
    log.pass(Span::from_secs(31));
    let until = log.state.log_time.after(Span::from_secs(600));
    log.ok(Command::Paused { until, reason: "works".to_owned() });
    let rejection = log.no(run_started(incident, vec![fence("a2")]));
    assert!(rejection.to_string().contains("paused"), "{rejection}");
}

#[test]
fn nobody_approves_and_nothing_is_approved_twice_or_when_over_or_where_nobody_is_asked() {
    let (mut log, incident) = log_with(Autonomy::Ask);
    let nobody = approve(&mut log, incident, None).unwrap();
    assert!(nobody.to_string().contains("only a person"), "{nobody}");
    assert!(!log.state.is_approved(incident, log.state.log_time));
    let missing = approve(&mut log, IncidentId(9999), Some("dana"));
    assert!(matches!(missing, Some(Rejection::NoSuch { .. })), "{missing:?}");
    assert_eq!(approve(&mut log, incident, Some("dana")), None);
    let twice = approve(&mut log, incident, Some("dana")).unwrap();
    assert!(twice.to_string().contains("dana has approved"), "{twice}");
    let reason = "life was seen".to_owned();
    log.ok(Command::IncidentEnded { incident, withdrawn: true, reason });
    assert_eq!(
        approve(&mut log, incident, Some("eve")),
        Some(Rejection::IncidentOver { incident })
    );
    for autonomy in [Autonomy::Act, Autonomy::Observe] {
        let (mut log, incident) = log_with(autonomy);
        let refused = approve(&mut log, incident, Some("dana")).unwrap();
        assert!(refused.to_string().contains("does not ask"), "{refused}");
    }
}

#[test]
fn where_two_are_asked_for_one_person_is_not_enough_however_often_they_say_yes() {
    let (mut log, incident) = log_asking(&Approvals { quorum: 2, from: people(&[]) });
    assert_eq!(approve(&mut log, incident, Some("dana")), None);
    let twice = approve(&mut log, incident, Some("dana")).unwrap();
    assert!(twice.to_string().contains("1 of 2"), "{twice}");
    let rejection = log.no(run_started(incident, vec![fence("a1")]));
    assert!(rejection.to_string().contains("(1 of 2)"), "{rejection}");
    assert_eq!(approve(&mut log, incident, Some("eve")), None);
    log.run(incident, vec![fence("a1")]);
}

#[test]
fn only_those_whom_the_policy_names_approve() {
    let (mut log, incident) = log_asking(&Approvals { quorum: 1, from: people(&["eve", "farid"]) });
    let refused = approve(&mut log, incident, Some("dana")).unwrap().to_string();
    assert!(refused.contains("dana is not among") && refused.contains("eve, farid"), "{refused}");
    log.no(run_started(incident, vec![fence("a1")]));
    assert_eq!(approve(&mut log, incident, Some("eve")), None);
    log.run(incident, vec![fence("a1")]);
}

#[test]
fn an_approval_lapses_by_log_time_and_can_be_given_again() {
    let (mut log, incident) = log_asking(&Approvals { quorum: 2, from: people(&[]) });
    assert_eq!(approve(&mut log, incident, Some("dana")), None);
    log.pass(Span::from_secs(20 * 60));
    assert_eq!(approve(&mut log, incident, Some("eve")), None);
    let question = Question::Incident { incident };
    let lapses = log.state.approval(&question).unwrap().given_until(log.state.log_time);
    log.pass(Span::from_secs(10 * 60));
    assert_eq!(lapses, Some(LogTime(log.now)), "with the first yes");
    let rejection = log.no(run_started(incident, vec![fence("a1")]));
    assert!(rejection.to_string().contains("(1 of 2)"), "{rejection}");
    assert_eq!(approve(&mut log, incident, Some("dana")), None);
    log.run(incident, vec![fence("a1")]);
}

#[test]
fn a_yes_to_one_incident_is_none_to_another() {
    let (mut log, first) = log_asking(&Approvals::default());
    let second = log.incident(Cause::HostLost { host: "a2".into() });
    log.pass(Span::from_secs(31));
    assert_eq!(approve(&mut log, first, Some("dana")), None);
    log.no(run_started(second, vec![fence("a2")]));
    log.run(first, vec![fence("a1")]);
}

#[test]
fn a_policy_that_asks_for_more_asks_again_and_keeps_what_still_counts() {
    let (mut log, incident) = log_asking(&Approvals::default());
    assert_eq!(approve(&mut log, incident, Some("dana")), None);
    load(&mut log, policy(Autonomy::Ask, &Approvals { quorum: 2, from: people(&["dana", "eve"]) }));
    let rejection = log.no(run_started(incident, vec![fence("a1")]));
    assert!(rejection.to_string().contains("(1 of 2)"), "{rejection}");
    // Who is not named any more does not count any more.
    load(
        &mut log,
        policy(Autonomy::Ask, &Approvals { quorum: 1, from: people(&["eve", "farid"]) }),
    );
    let rejection = log.no(run_started(incident, vec![fence("a1")]));
    assert!(rejection.to_string().contains("(0 of 1)"), "{rejection}");
    assert_eq!(approve(&mut log, incident, Some("eve")), None);
    log.run(incident, vec![fence("a1")]);
}

#[test]
fn who_may_approve_every_class_stands_in_the_policy_once() {
    let mut policy = policy(Autonomy::Ask, &Approvals { quorum: 2, from: people(&[]) });
    policy.people.approve = people(&["dana", "eve"]);
    let named = Approvals { quorum: 1, from: people(&["farid"]) };
    policy.incidents.get_mut(&IncidentClass::RoomLost).unwrap().approvals = named.clone();
    assert_eq!(policy.approvals(IncidentClass::HostLost).from, people(&["dana", "eve"]));
    assert_eq!(policy.approvals(IncidentClass::RoomLost), named);
}

#[test]
fn nothing_follows_an_approval_that_was_not_given_whatever_the_runbook_ignores() {
    for on_failure in [OnFailure::Abort, OnFailure::Continue, OnFailure::Ignore] {
        let (mut log, incident) = log_with(Autonomy::Act);
        let approval = Action::Approval { from: Vec::new(), quorum: 1 };
        let mut asks = planned("approve/", approval, &[]);
        asks.on_failure = on_failure;
        let mut fences = fence("a1");
        fences.needs.push(item_ref("approve/"));
        let run = log.run(incident, vec![asks, fences]);
        log.ok(log.start(run, "approve/", 1));
        let (key, reason) = (log.key(run, "approve/"), "nobody said yes".to_owned());
        let outcome = Outcome::Failed { reason };
        log.ok(Command::StepFinished { key, attempt: 1, outcome, last: true });
        let rejection = log.no(log.start(run, "fence/a1", 1));
        assert!(rejection.to_string().contains("approve was not approved"), "{rejection}");
    }
}

fn step_question(asked_by: Option<&str>, quorum: u32) -> Approval {
    let item = ItemRef { step: "approve".into(), item: "all".to_owned() };
    let key = StepKey { era: model::era::Era(0), run: RunId(3), item };
    let terms = Terms { quorum, from: people(&[]), valid_for: Span::from_secs(60) };
    let asked_by = asked_by.map(PersonId::from);
    Approval::ask(Question::Step { key }, asked_by, LogTime(0), terms)
}

#[test]
fn who_asked_for_it_never_approves_it() {
    let mut question = step_question(Some("dana"), 1);
    let refused = question.say_yes(&"dana".into(), LogTime(1)).unwrap_err();
    assert!(refused.to_string().contains("dana asked for it"), "{refused}");
    assert!(!question.is_given(LogTime(1)));
    question.say_yes(&"eve".into(), LogTime(1)).unwrap();
    assert!(question.is_given(LogTime(1)));
}

proptest! {
    #[test]
    fn it_is_given_exactly_while_enough_distinct_others_have_said_yes_lately(
        answers in prop::collection::vec((0_u64..30_000, 0_usize..4), 0..12),
        quorum in 0_u32..4,
    ) {
        let names = ["dana", "eve", "farid", "gwen"];
        let mut question = step_question(Some("gwen"), quorum);
        let (mut now, mut last) = (0, [None; 4]);
        for (later, who) in answers {
            now += later;
            if question.say_yes(&names[who].into(), LogTime(now)).is_ok() {
                prop_assert!(last[who].is_none_or(|at| at + 60_000 <= now), "twice while it counts");
                last[who] = Some(now);
            }
            let counted = last[..3].iter().flatten().filter(|at| **at + 60_000 > now).count();
            prop_assert_eq!(last[3], None);
            prop_assert_eq!(question.is_given(LogTime(now)), counted >= quorum.max(1) as usize);
            let until = question.given_until(LogTime(now));
            prop_assert_eq!(until.is_some(), question.is_given(LogTime(now)));
            if let Some(until) = until {
                prop_assert!(question.is_given(LogTime(until.0 - 1)));
                prop_assert!(!question.is_given(until));
            }
        }
    }
}
