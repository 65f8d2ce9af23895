//! The public hospital and the field hospital, as shipped: what fits, and what starts when.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use model::estate::Estate;
use model::id::{NetworkId, ServiceId, VmId};

use crate::capacity::{Failure, prove};
use crate::start_order::start_order;

fn hospital() -> Estate {
    let text = include_str!("../../../simulations/estates/hospital.yaml");
    Estate::parse("hospital.yaml", text).unwrap().0
}

fn field_hospital() -> Estate {
    let text = include_str!("../../../simulations/estates/field-hospital.yaml");
    Estate::parse("field-hospital.yaml", text).unwrap().0
}

#[test]
fn every_vm_of_both_fits_when_any_one_room_host_or_power_feed_is_gone() {
    for estate in [hospital(), field_hospital()] {
        let proofs = prove(&estate);
        let of_feeds =
            proofs.iter().filter(|proof| matches!(proof.failure, Failure::PowerFeed(_))).count();
        assert!(of_feeds >= 4, "{}", estate.name);
        for proof in proofs {
            assert!(proof.fits(), "{}, {}: {:?}", estate.name, proof.failure, proof.shed);
            assert!(proof.peak_percent <= 100, "{}, {}", estate.name, proof.failure);
        }
    }
}

/// The services with VMs in each network, in the order in which the last VM of each starts when
/// everything starts from nothing.
fn by_network(estate: &Estate) -> BTreeMap<&NetworkId, Vec<&ServiceId>> {
    let all: BTreeSet<VmId> = estate.vms.keys().cloned().collect();
    let order = start_order(estate, &all).unwrap().order;
    assert_eq!(order.len(), all.len(), "every VM has its place");
    let mut networks: BTreeMap<&NetworkId, Vec<&ServiceId>> = BTreeMap::new();
    for vm in &order {
        let vm = &estate.vms[vm];
        for network in &vm.networks {
            let services = networks.entry(network).or_default();
            services.retain(|other| **other != vm.service);
            services.push(&vm.service);
        }
    }
    networks
}

#[test]
fn the_field_hospital_starts_base_services_first_on_each_of_its_vlans() {
    let estate = field_hospital();
    let mut told = String::new();
    for (network, services) in by_network(&estate) {
        let services: Vec<&str> = services.into_iter().map(ServiceId::as_str).collect();
        told.push_str(&format!("{network}: {}\n", services.join(", ")));
    }
    expect_test::expect![[r#"
        vlan10-management: monitoring, virtualisation, ids
        vlan20-servers: names, database, radius, his, nas, web, monitoring, backup
        vlan30-clinical: his
        vlan40-voice: voip
        vlan50-office: mail, nas, backup
        vlan60-devices: devices, monitoring
        vlan70-outside: vpn, mail, web, ids
    "#]]
    .assert_eq(&told);
}

#[test]
fn no_vm_of_the_field_hospital_starts_before_what_it_depends_on() {
    let estate = field_hospital();
    let all: BTreeSet<VmId> = estate.vms.keys().cloned().collect();
    let order = start_order(&estate, &all).unwrap().order;
    let place: BTreeMap<&VmId, usize> = order.iter().enumerate().map(|(at, vm)| (vm, at)).collect();
    let mut edges = 0;
    for (id, vm) in &estate.vms {
        for below in &estate.services[&vm.service].depends_on {
            for other in estate.vms_of(below) {
                edges += 1;
                assert!(place[other] < place[id], "{id} starts before {other} of {below}");
            }
        }
    }
    assert!(edges > 50, "{edges} edges");
    // Everything stands on names in the end.
    for (id, service) in &estate.services {
        let mut below: BTreeSet<&ServiceId> = service.depends_on.iter().collect();
        let mut ahead: Vec<&ServiceId> = below.iter().copied().collect();
        while let Some(next) = ahead.pop() {
            for other in &estate.services[next].depends_on {
                if below.insert(other) {
                    ahead.push(other);
                }
            }
        }
        assert!(id.as_str() == "names" || below.contains(&ServiceId::from("names")), "{id}");
    }
}

#[test]
fn no_service_of_the_field_hospital_waits_for_the_management_of_virtual_machines() {
    let estate = field_hospital();
    let management = ServiceId::from("virtualisation");
    assert!(estate.services.contains_key(&management));
    let mut services = estate.services.values();
    assert!(!services.any(|service| service.depends_on.contains(&management)));
}
