//! Where the platform restarts VMs by itself, Bascule watches until a deadline and then acts on
//! what is not up.

#![allow(clippy::unwrap_used)]

mod clinic;

use clinic::Clinic;
use decision::Decision;
use model::estate::Restarts;
use model::id::{HostId, IncidentId, VmId};
use model::incident::{Cause, Incident, Phase};
use model::observation::{Status, Target};
use model::time::LogTime;
use model::units::Span;

const OPENED: u64 = 50_000;

fn a1_dies(restarts: Restarts) -> Clinic {
    let mut clinic = Clinic::new();
    clinic.estate.hosts.get_mut(&HostId::from("a1")).unwrap().restarts = restarts;
    clinic.all_see(Target::Host { host: "a1".into() }, Status::Unknown);
    clinic.open.push(Incident {
        id: IncidentId(7),
        cause: Cause::HostLost { host: "a1".into() },
        evidence: Vec::new(),
        last_seen_up: LogTime(0),
        opened_at: LogTime(OPENED),
        hold_off_ends: LogTime(OPENED),
        phase: Phase::Open,
        runs: Vec::new(),
        ended_at: None,
        end_reason: None,
    });
    clinic
}

fn on_a1(clinic: &Clinic) -> Vec<VmId> {
    let placed = clinic.placed.iter().filter(|(_, host)| host.as_str() == "a1");
    placed.map(|(vm, _)| vm.clone()).collect()
}

fn runs(clinic: &Clinic) -> bool {
    clinic.decide().contains(&Decision::Run { incident: IncidentId(7) })
}

#[test]
fn bascule_acts_at_once_where_it_restarts() {
    assert!(runs(&a1_dies(Restarts::Bascule)));
}

#[test]
fn the_platform_is_left_its_time_and_the_incident_says_so() {
    let clinic = a1_dies(Restarts::Platform);
    assert!(!runs(&clinic));
    let absorbed = clinic.decide().into_iter().find_map(|decision| match decision {
        Decision::Absorb { reason, .. } => Some(reason),
        _ => None,
    });
    assert!(absorbed.unwrap().contains("VMs of a1"), "the platform's, until when");
}

#[test]
fn what_is_not_up_at_the_deadline_is_acted_on_and_what_is_up_elsewhere_is_not() {
    let mut clinic = a1_dies(Restarts::Platform);
    clinic.open[0].phase = Phase::Absorbed;
    let deadline = LogTime(OPENED).after(Span::from_secs(600));
    clinic.now = LogTime(deadline.0 - 1);
    assert!(!runs(&clinic));
    clinic.now = deadline;
    assert!(runs(&clinic), "none of its VMs is up");
    for vm in on_a1(&clinic) {
        clinic.sees("b", Target::Vm { vm, host: "b1".into() }, Status::Up);
    }
    assert!(!runs(&clinic), "the platform has restarted them all");
    let left = on_a1(&clinic).remove(0);
    clinic.sees("b", Target::Vm { vm: left, host: "b1".into() }, Status::Unknown);
    assert!(runs(&clinic), "all but one");
}

#[test]
fn a_room_of_both_kinds_is_not_held_up_by_the_platform() {
    let mut clinic = a1_dies(Restarts::Platform);
    clinic.open[0].cause = Cause::RoomLost { room: "a".into() };
    clinic.open[0].phase = Phase::Absorbed;
    clinic.room_falls_silent("a");
    assert!(runs(&clinic), "the VMs of a2 are Bascule's");
}
