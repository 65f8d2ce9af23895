//! What is judged, from which sights.

#![allow(clippy::unwrap_used)]

mod clinic;

use clinic::Clinic;
use decision::{Decision, HostFacts, RunFacts};
use model::id::{ControllerId, HostId, IncidentId, RunId};
use model::incident::{Cause, Incident, Phase};
use model::observation::{Status, Target};
use model::policy::Autonomy;
use model::time::LogTime;
use model::units::Span;

fn host(id: &str) -> Target {
    Target::Host { host: id.into() }
}

fn power(id: &str) -> Target {
    Target::Power { host: id.into() }
}

fn lost(id: &str) -> Cause {
    Cause::HostLost { host: id.into() }
}

fn incident(cause: Cause, opened_at: u64, hold_off: u64) -> Incident {
    Incident {
        id: IncidentId(7),
        cause,
        evidence: Vec::new(),
        last_seen_up: LogTime(0),
        opened_at: LogTime(opened_at),
        hold_off_ends: LogTime(opened_at).after(Span::from_secs(hold_off)),
        phase: Phase::Open,
        runs: Vec::new(),
        ended_at: None,
        end_reason: None,
    }
}

/// What keeps a run from starting, by name.
type Spoil = (&'static str, fn(&mut Clinic));

#[test]
fn all_well_is_no_news() {
    assert_eq!(Clinic::new().decide(), []);
}

#[test]
fn silence_needs_two_vantages_and_nobody_who_hears() {
    for (silent_to, verdicts) in
        [(vec!["b"], vec![]), (vec!["b", "c"], vec![]), (vec!["a", "b", "c"], vec![lost("a1")])]
    {
        let mut clinic = Clinic::new();
        for room in &silent_to {
            clinic.sees(room, host("a1"), Status::Unknown);
        }
        assert_eq!(clinic.verdicts(), verdicts, "silent to {silent_to:?}");
    }
}

#[test]
fn a_host_that_only_its_own_dead_room_ever_heard_is_lost() {
    // Room a's controller is gone: its last word, "up", can't be withdrawn any more.
    let mut clinic = Clinic::new();
    for room in ["b", "c"] {
        clinic.sees(room, host("a1"), Status::Unknown);
        clinic.sees(room, Target::Controller { controller: ControllerId(1) }, Status::Unknown);
    }
    assert_eq!(
        clinic.verdicts(),
        [lost("a1"), Cause::ControllerLost { controller: ControllerId(1) }]
    );
}

#[test]
fn power_read_as_off_is_a_positive_proof_with_one_silent_vantage() {
    let mut clinic = Clinic::new();
    // Only room b has probed the agent so far.
    for room in ["a", "c"] {
        clinic.sees_at(room, host("a1"), Status::Unknown, 1_000);
    }
    clinic.sees("b", host("a1"), Status::Unknown);
    assert_eq!(clinic.verdicts(), []);
    for room in ["a", "b", "c"] {
        clinic.sees(room, power("a1"), Status::Down);
    }
    assert_eq!(clinic.verdicts(), [lost("a1")]);
}

#[test]
fn a_dead_room_is_one_incident_and_any_sign_of_life_in_it_says_no() {
    let mut dead = Clinic::new();
    dead.room_falls_silent("a");
    // The far ends of its links go dark as well.
    for (link, end) in [("ab", "b"), ("ac", "c")] {
        dead.sees(end, Target::Path { link: link.into(), path: "p1".into() }, Status::Down);
    }
    let cause = Cause::RoomLost { room: "a".into() };
    assert_eq!(dead.verdicts(), vec![cause.clone()]);
    for target in dead.targets_in("a") {
        // The side's status is told by the array itself.
        if matches!(target, Target::StorageSide { .. }) {
            continue;
        }
        let mut alive = Clinic::new();
        alive.room_falls_silent("a");
        alive.sees("c", target.clone(), Status::Up);
        let verdicts = alive.verdicts();
        assert!(!verdicts.contains(&cause), "{target} was heard: {verdicts:?}");
    }
}

#[test]
fn the_verdict_on_a_room_is_given_at_once_and_on_its_parts_only_when_no_more_falls_silent() {
    let mut clinic = Clinic::new();
    for room in ["a", "b", "c"] {
        clinic.sees_at(room, host("a1"), Status::Unknown, 99_900);
    }
    assert_eq!(clinic.verdicts(), [], "more may follow");
    clinic.now = LogTime(102_000);
    assert_eq!(clinic.verdicts(), [lost("a1")]);
}

#[test]
fn a_cut_between_two_rooms_is_the_link_and_nothing_else() {
    let mut clinic = Clinic::new();
    let path = || Target::Path { link: "ab".into(), path: "p1".into() };
    clinic.sees("a", path(), Status::Down);
    clinic.sees("b", path(), Status::Down);
    // The leader, in b, hears nothing of room a; room c hears all.
    for target in clinic.targets_in("a") {
        clinic.sees("b", target, Status::Unknown);
    }
    assert_eq!(clinic.verdicts(), [Cause::LinkLost { link: "ab".into() }]);
}

#[test]
fn word_from_before_this_leader_is_no_evidence() {
    let mut clinic = Clinic::new();
    clinic.room_falls_silent("a");
    clinic.fresh_from = LogTime(60_000);
    assert_eq!(clinic.verdicts(), []);
    clinic.now = LogTime(59_000);
    assert_eq!(clinic.decide(), []);
}

#[test]
fn a_side_that_storage_stopped_is_told_from_an_array_that_is_gone() {
    let side = || Target::StorageSide { layer: "svc".into(), room: "a".into() };
    let array = || Target::Array { array: "array-a".into() };
    let mut stopped = Clinic::new();
    stopped.all_see(side(), Status::Down);
    assert_eq!(
        stopped.verdicts(),
        [Cause::StorageSideLost { layer: "svc".into(), room: "a".into() }]
    );
    let mut gone = Clinic::new();
    gone.all_see(side(), Status::Unknown);
    gone.all_see(array(), Status::Unknown);
    assert_eq!(gone.verdicts(), [Cause::ArrayLost { array: "array-a".into() }]);
    gone.open.push(incident(Cause::ArrayLost { array: "array-a".into() }, 90_000, 0));
    assert!(matches!(&gone.decide()[..], [Decision::Absorb { .. }]), "{:?}", gone.decide());
}

#[test]
fn vms_down_on_a_living_host_are_one_incident_a_host_and_those_stopped_on_purpose_none() {
    let mut clinic = Clinic::new();
    for vm in ["base-1", "db-1"] {
        clinic.all_see(Target::Vm { vm: vm.into(), host: "a1".into() }, Status::Down);
    }
    let cause = |vm: &str| Cause::VmLost { vm: vm.into(), host: "a1".into() };
    assert_eq!(clinic.verdicts(), [cause("base-1")]);
    clinic.unwanted.insert("base-1".into());
    assert_eq!(clinic.verdicts(), [cause("db-1")]);
    clinic.unwanted.insert("db-1".into());
    assert_eq!(clinic.verdicts(), []);
}

#[test]
fn a_smaller_incident_is_withdrawn_once_a_larger_cause_explains_it() {
    let mut clinic = Clinic::new();
    clinic.room_falls_silent("a");
    clinic.open.push(incident(lost("a1"), 99_000, 30));
    let decisions = clinic.decide();
    assert!(
        decisions.iter().any(|decision| matches!(
            decision,
            Decision::End { withdrawn: true, reason, .. } if reason.contains("room a lost")
        )),
        "{decisions:?}"
    );
    assert_eq!(clinic.verdicts(), [Cause::RoomLost { room: "a".into() }]);
}

#[test]
fn a_run_waits_for_the_hold_off_the_policy_the_pause_and_something_to_do() {
    let ready = || {
        let mut clinic = Clinic::new();
        clinic.all_see(host("a1"), Status::Unknown);
        clinic.open.push(incident(lost("a1"), 60_000, 30));
        clinic
    };
    let runs = |clinic: &Clinic| {
        clinic.decide().iter().any(|decision| matches!(decision, Decision::Run { .. }))
    };
    assert!(runs(&ready()));
    let mut asked = ready();
    for class in asked.policy.incidents.values_mut() {
        class.autonomy = Autonomy::Ask;
    }
    assert!(!runs(&asked), "nobody has approved");
    asked.approved.insert(IncidentId(7));
    assert!(runs(&asked), "enough persons have approved");
    for class in asked.policy.incidents.values_mut() {
        class.autonomy = Autonomy::Observe;
    }
    assert!(!runs(&asked), "an approval makes no observer act");
    let spoils: [Spoil; 6] = [
        ("hold-off", |clinic| clinic.now = LogTime(89_999)),
        ("pause", |clinic| clinic.paused = true),
        ("policy", |clinic| {
            for class in clinic.policy.incidents.values_mut() {
                class.autonomy = Autonomy::Ask;
            }
        }),
        ("nothing lost", |clinic| clinic.unwanted = clinic.placed.keys().cloned().collect()),
        ("a run under way", |clinic| {
            clinic.runs.insert(IncidentId(7), RunFacts { running: true, ..RunFacts::default() });
        }),
        ("a run ended just now", |clinic| {
            clinic.open[0].runs.push(RunId(8));
            let last_ended_at = Some(LogTime(99_000));
            let facts = RunFacts { ended: 1, last_ended_at, ..RunFacts::default() };
            clinic.runs.insert(IncidentId(7), facts);
        }),
    ];
    for (why, spoil) in spoils {
        let mut clinic = ready();
        spoil(&mut clinic);
        assert!(!runs(&clinic), "{why}");
    }
}

#[test]
fn a_verdict_is_withdrawn_when_life_is_seen() {
    let mut clinic = Clinic::new();
    clinic.open.push(incident(lost("a1"), 99_000, 30));
    assert!(matches!(&clinic.decide()[..], [Decision::End { withdrawn: true, .. }]));
}

#[test]
fn a_host_is_admissible_when_its_agent_answers_and_its_storage_is_in_step() {
    let quarantined = || {
        let mut clinic = Clinic::new();
        clinic.hosts.insert(HostId::from("a1"), HostFacts::default());
        clinic
    };
    let admits = |clinic: &Clinic| {
        clinic.decide().iter().any(|decision| matches!(decision, Decision::Admit { .. }))
    };
    assert!(admits(&quarantined()));
    let mut silent = quarantined();
    silent.all_see(host("a1"), Status::Unknown);
    assert!(!admits(&silent));
    let mut stopped = quarantined();
    stopped.all_see(Target::StorageSide { layer: "svc".into(), room: "a".into() }, Status::Down);
    assert!(!admits(&stopped));
    let mut in_a_run = quarantined();
    let facts = HostFacts { in_a_run: true, fence_ordered: true, ..HostFacts::default() };
    in_a_run.hosts.insert(HostId::from("a1"), facts);
    assert!(!admits(&in_a_run));
}

#[test]
fn what_is_worked_on_makes_no_verdict() {
    let mut clinic = Clinic::new();
    clinic.room_falls_silent("a");
    clinic.maintenance.insert("a".into());
    for facts in clinic.hosts.values_mut() {
        facts.in_maintenance = true;
    }
    assert_eq!(clinic.verdicts(), []);
}
