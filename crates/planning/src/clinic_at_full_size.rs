//! The clinic of 450 VMs, as shipped: what the product promises of it.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use model::action::Action;
use model::estate::Estate;
use model::id::{HostId, RoomId, VmId};
use model::incident::Cause;
use model::plan::Plan;
use model::policy::{Autonomy, Policy, StartLimits};
use model::units::Span;

use crate::capacity::prove;
use crate::copies::Copies;
use crate::expand::{View, expand};
use crate::lost::lost_vms;
use crate::readiness::{self, Failure, Level, MadeFrom, Now, Situation};

fn clinic() -> Estate {
    let text = include_str!("../../../simulations/estates/clinic.yaml");
    Estate::parse("clinic.yaml", text).unwrap().0
}

fn homes(estate: &Estate) -> BTreeMap<VmId, HostId> {
    estate.vms.iter().map(|(id, vm)| (id.clone(), vm.home.clone())).collect()
}

fn room_loss(estate: &Estate, room: &RoomId) -> Plan {
    let text = include_str!("../../../runbooks/room-loss.yaml");
    let runbook = runbook::parse("room-loss.yaml", text).unwrap();
    let cause = Cause::RoomLost { room: room.clone() };
    let runs_on = homes(estate);
    let restart = lost_vms(estate, &cause, &runs_on);
    let admitted: BTreeSet<HostId> = estate.hosts.keys().cloned().collect();
    let view = View {
        estate,
        starts: StartLimits::default(),
        admitted: &admitted,
        fenced: &BTreeSet::new(),
        runs_on: &runs_on,
        might_run_on: &BTreeMap::new(),
        restart: &restart,
        copies: &Copies::default(),
        level: Autonomy::Act,
    };
    expand(&runbook, &cause, &view).unwrap()
}

#[test]
fn every_vm_fits_when_any_one_room_or_host_is_gone() {
    let estate = clinic();
    assert_eq!(estate.vms.len(), 450);
    for proof in prove(&estate) {
        assert!(proof.fits(), "{}: {:?}", proof.failure, proof.shed);
        assert!(proof.peak_percent <= 100, "{}", proof.failure);
    }
}

#[test]
fn a_lost_room_restarts_whole_in_the_other_within_thirty_minutes_by_expected_times() {
    let estate = clinic();
    for room in ["a", "b"].map(RoomId::from) {
        let plan = room_loss(&estate, &room);
        assert_eq!(plan.shed, []);
        let mut started = BTreeSet::new();
        for item in &plan.items {
            if let Action::VmStart { vm, host } = &item.action {
                assert_ne!(estate.hosts[host].room, room, "{vm}");
                started.insert(vm);
            }
        }
        let lived_there = estate.vms.iter().filter(|(_, vm)| estate.hosts[&vm.home].room == room);
        assert_eq!(started, lived_there.map(|(id, _)| id).collect());
        assert!(plan.forecast < Span::from_secs(1800), "room {room}: {}", plan.forecast);
    }
}

#[test]
fn the_standing_proof_of_the_shipped_clinic_is_green_for_each_single_failure_of_hardware() {
    let estate = clinic();
    let runbooks = [
        include_str!("../../../runbooks/vm-loss.yaml"),
        include_str!("../../../runbooks/host-loss.yaml"),
        include_str!("../../../runbooks/room-loss.yaml"),
        include_str!("../../../runbooks/last-resort-restart.yaml"),
    ];
    let runbooks = runbooks.map(|text| runbook::parse("runbook.yaml", text).unwrap());
    let situation = Situation {
        now: Now::at_home(&estate, "2026-11-30".parse().unwrap()),
        policy: Policy::default(),
        runbooks: runbooks.into_iter().map(|book| (book.name.clone(), book)).collect(),
        estate,
    };
    let readiness = readiness::prove(&situation, MadeFrom::default());
    for played in &readiness.failures {
        // The last-resort room is made for the main services alone: what it leaves down is named.
        let last_resort = matches!(played.failure, Failure::StorageLayer(_) | Failure::Production);
        let expected = if last_resort { Level::Red } else { Level::Green };
        assert_eq!(played.level, expected, "{:?}: {:?}", played.failure, played.left_down.first());
    }
    let room = &readiness.failures[0];
    assert_eq!((&room.failure, room.lost), (&Failure::Room("a".into()), 225));
    assert!(room.services.iter().all(|service| service.back_after.is_some()));
}
