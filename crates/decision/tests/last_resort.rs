//! When the last-resort room is to take over.

#![allow(clippy::unwrap_used)]

mod clinic;

use clinic::Clinic;
use decision::{Decision, HostFacts};
use model::id::IncidentId;
use model::incident::{Cause, Incident, Phase};
use model::observation::{Status, Target};
use model::policy::Autonomy;
use model::time::LogTime;

fn side(room: &str) -> Target {
    Target::StorageSide { layer: "svc".into(), room: room.into() }
}

fn incident(cause: Cause) -> Incident {
    Incident {
        id: IncidentId(7),
        cause,
        evidence: Vec::new(),
        last_seen_up: LogTime(0),
        opened_at: LogTime(60_000),
        hold_off_ends: LogTime(70_000),
        phase: Phase::Open,
        runs: Vec::new(),
        ended_at: None,
        end_reason: None,
    }
}

fn layer_lost() -> Cause {
    Cause::StorageLayerLost { layer: "svc".into() }
}

#[test]
fn a_layer_of_which_no_side_serves_is_one_incident() {
    let mut clinic = Clinic::new();
    clinic.all_see(side("a"), Status::Down);
    clinic.all_see(side("b"), Status::Down);
    assert_eq!(clinic.verdicts(), [layer_lost()]);
}

#[test]
fn the_elected_side_burns_and_the_other_serves_nothing() {
    let mut clinic = Clinic::new();
    clinic.all_see(side("b"), Status::Down);
    clinic.room_falls_silent("a");
    clinic.all_see(side("a"), Status::Unknown);
    assert!(clinic.verdicts().contains(&layer_lost()), "{:?}", clinic.verdicts());
}

#[test]
fn a_layer_that_elects_a_side_has_a_moment_for_it() {
    let mut clinic = Clinic::new();
    clinic.all_see(side("a"), Status::Down);
    clinic.all_see(side("b"), Status::Down);
    clinic.now = LogTime(clinic.now.0 - 40_000);
    assert_eq!(clinic.verdicts(), [], "nor is it two stopped sides meanwhile");
}

#[test]
fn silence_alone_says_nothing_of_a_layer() {
    let mut clinic = Clinic::new();
    clinic.all_see(side("a"), Status::Unknown);
    clinic.all_see(side("b"), Status::Unknown);
    assert_eq!(clinic.verdicts(), []);
}

#[test]
fn production_is_lost_only_when_the_order_of_the_era_says_so_of_every_room() {
    let mut clinic = Clinic::new();
    clinic.rooms_gone.insert("a".into());
    assert_eq!(clinic.verdicts(), []);
    clinic.rooms_gone.insert("b".into());
    assert_eq!(clinic.verdicts(), [Cause::ProductionLost]);
}

#[test]
fn production_is_no_longer_lost_once_a_host_of_it_was_let_in_again() {
    let mut clinic = Clinic::new();
    clinic.rooms_gone = ["a".into(), "b".into()].into();
    clinic.open.push(incident(Cause::ProductionLost));
    assert!(!clinic.decide().iter().any(|decision| matches!(decision, Decision::End { .. })));
    clinic.rooms_gone.remove(&"a".into());
    let ends = clinic.decide().into_iter().any(
        |decision| matches!(decision, Decision::End { reason, .. } if reason.contains("room a")),
    );
    assert!(ends, "{:?}", clinic.decide());
}

#[test]
fn hosts_whose_volumes_were_opened_elsewhere_are_not_let_in() {
    let mut clinic = Clinic::new();
    clinic.hosts.insert("a1".into(), HostFacts::default());
    assert_eq!(clinic.decide(), [Decision::Admit { host: "a1".into() }]);
    clinic.opened.insert("vol".into());
    assert_eq!(clinic.decide(), []);
}

#[test]
fn where_the_policy_asks_a_runbook_that_asks_itself_may_begin() {
    let mut clinic = Clinic::new();
    clinic.all_see(side("a"), Status::Down);
    clinic.all_see(side("b"), Status::Down);
    assert_eq!(clinic.policy.class(layer_lost().class()).autonomy, Autonomy::Ask);
    let incident = incident(layer_lost());
    let id = incident.id;
    clinic.open.push(incident);
    assert_eq!(clinic.decide(), []);
    clinic.ask_themselves.insert("last-resort-restart".into());
    assert_eq!(clinic.decide(), [Decision::Run { incident: id }]);
}
