//! When runs that failed are tried again, and when what would be done is said.

#![allow(clippy::unwrap_used)]

mod clinic;

use clinic::Clinic;
use decision::{Decision, RunFacts};
use model::id::{HostId, IncidentId, RunId};
use model::incident::{Cause, Incident, Phase};
use model::observation::{Status, Target};
use model::policy::Autonomy;
use model::time::LogTime;

fn a1_lost() -> Clinic {
    let mut clinic = Clinic::new();
    clinic.all_see(Target::Host { host: "a1".into() }, Status::Unknown);
    clinic.open.push(Incident {
        id: IncidentId(7),
        cause: Cause::HostLost { host: "a1".into() },
        evidence: Vec::new(),
        last_seen_up: LogTime(0),
        opened_at: LogTime(10_000),
        hold_off_ends: LogTime(40_000),
        phase: Phase::Open,
        runs: Vec::new(),
        ended_at: None,
        end_reason: None,
    });
    clinic
}

fn decides(clinic: &Clinic, wanted: &Decision) -> bool {
    clinic.decide().contains(wanted)
}

#[test]
fn a_fence_that_persons_prove_after_the_last_run_has_failed_lets_one_more_begin() {
    let run = Decision::Run { incident: IncidentId(7) };
    let mut clinic = a1_lost();
    clinic.open[0].runs = [1, 2, 3].map(RunId).to_vec();
    let ended = RunFacts { ended: 3, last_ended_at: Some(LogTime(60_000)), ..RunFacts::default() };
    clinic.runs.insert(IncidentId(7), ended);
    assert!(!decides(&clinic, &run), "three runs have failed");
    let a1 = clinic.hosts.get_mut(&HostId::from("a1")).unwrap();
    (a1.admitted, a1.fence_ordered, a1.fence_proved) = (false, true, true);
    a1.proved_at = Some(LogTime(50_000));
    assert!(!decides(&clinic, &run), "the last run had that proof");
    clinic.hosts.get_mut(&HostId::from("a1")).unwrap().proved_at = Some(LogTime(80_000));
    assert!(decides(&clinic, &run));
}

#[test]
fn a_run_that_a_person_aborted_and_handed_back_is_none_of_those_that_failed() {
    let run = Decision::Run { incident: IncidentId(7) };
    let mut clinic = a1_lost();
    clinic.open[0].runs = [1, 2, 3].map(RunId).to_vec();
    for (aborted, runs_again) in [(0, false), (1, true)] {
        let last_ended_at = Some(LogTime(60_000));
        let ended = RunFacts { ended: 3, aborted, last_ended_at, ..RunFacts::default() };
        clinic.runs.insert(IncidentId(7), ended);
        assert_eq!(decides(&clinic, &run), runs_again, "{aborted}");
    }
}

#[test]
fn where_the_policy_only_observes_what_would_be_done_is_said_once_after_the_hold_off() {
    let shadow = Decision::Shadow { incident: IncidentId(7) };
    let mut clinic = a1_lost();
    assert!(!decides(&clinic, &shadow), "it acts");
    for class in clinic.policy.incidents.values_mut() {
        class.autonomy = Autonomy::Observe;
    }
    assert!(decides(&clinic, &shadow));
    clinic.paused = true;
    assert!(decides(&clinic, &shadow), "nothing is done, so that no pause holds it");
    clinic.now = LogTime(39_999);
    assert!(!decides(&clinic, &shadow), "the hold-off runs");
    clinic.now = LogTime(100_000);
    clinic.shadowed.insert(IncidentId(7));
    assert!(!decides(&clinic, &shadow), "it is said already");
}
