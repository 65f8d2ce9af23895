//! Where the policy asks a person, nothing runs before one has approved.

#![allow(clippy::unwrap_used)]

mod clinic;

use clinic::{Log, clinic as estate, fence, pinned, run_started};
use model::id::{IncidentId, PersonId};
use model::incident::Cause;
use model::policy::{Autonomy, Policy};
use model::units::Span;
use state_machine::{Command, Rejection, apply};

fn log_with(autonomy: Autonomy) -> (Log, IncidentId) {
    let mut policy = Policy::default();
    for class in policy.incidents.values_mut() {
        class.autonomy = autonomy;
    }
    let mut log = Log::new();
    let Command::EstateLoaded { runbooks, .. } = clinic::load() else { unreachable!() };
    log.ok(Command::EstateLoaded {
        estate: Box::new(pinned(estate())),
        policy: Box::new(pinned(policy)),
        runbooks,
    });
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
    let record = &log.state.incidents[&incident];
    assert_eq!(record.approved_by, Some(PersonId::from("dana")));
    assert_eq!(record.approved_at, Some(log.state.log_time));
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
    assert_eq!(log.state.incidents[&incident].approved_by, None);
    let missing = approve(&mut log, IncidentId(9999), Some("dana"));
    assert!(matches!(missing, Some(Rejection::NoSuch { .. })), "{missing:?}");
    assert_eq!(approve(&mut log, incident, Some("dana")), None);
    let twice = approve(&mut log, incident, Some("eve")).unwrap();
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
