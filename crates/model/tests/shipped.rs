//! The estates and policies that are shipped read without a complaint and are what they claim.

// A test reads files; the crate itself never does.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use model::diagnostic::Diagnostic;
use model::estate::{Estate, Measures, Probe, VmSource};
use model::id::{ServiceId, VolumeId};
use model::policy::Policy;
use model::product::Product;
use model::text::Lang;
use model::units::Span;

fn simulations() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../simulations")
}

fn estate(name: &str) -> Estate {
    let (estate, warnings) = estate_with_warnings(name);
    assert!(warnings.is_empty(), "{}", said(&warnings));
    estate
}

fn estate_with_warnings(name: &str) -> (Estate, Vec<Diagnostic>) {
    let path = simulations().join("estates").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    Estate::parse(name, &text).unwrap_or_else(|found| panic!("{}", said(&found)))
}

fn policy(name: &str, estate: &Estate) -> (Policy, Vec<Diagnostic>) {
    let path = simulations().join("policies").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    Policy::parse_for(estate, name, &text).unwrap_or_else(|found| panic!("{}", said(&found)))
}

fn said(found: &[Diagnostic]) -> String {
    found.iter().map(|d| d.one_line(Lang::En)).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_clinic_is_as_its_plan_says() {
    let clinic = estate("clinic.yaml");
    let summary = clinic.summary();
    assert_eq!(summary.counts.vms, 450);
    assert_eq!(summary.counts.arrays, 2);
    assert_eq!(summary.counts.stretched_volumes, 24);
    assert!(summary.counts.services >= 25);
    let production: Vec<_> = summary.rooms.iter().filter(|room| room.vms > 0).collect();
    assert_eq!(production.len(), 2);
    for room in production {
        assert_eq!(room.hosts.len(), 2);
        assert!((220..=230).contains(&room.vms), "{} has {} VMs", room.room, room.vms);
    }
}

#[test]
fn the_whole_clinic_fits_on_either_room_and_not_by_a_wide_margin() {
    for loss in estate("clinic.yaml").summary().losses {
        assert!(loss.fits, "without {}: {:?}", loss.room, loss.shortage);
        let (needed, capacity) = (loss.memory.needed.0, loss.memory.capacity.0);
        assert!(
            needed * 100 > capacity * 70 && needed * 100 < capacity * 97,
            "{needed}/{capacity}"
        );
        let (needed, capacity) = (loss.cpus.needed.0, loss.cpus.capacity.0);
        assert!(
            needed * 100 > capacity * 70 && needed * 100 < capacity * 97,
            "{needed}/{capacity}"
        );
    }
}

#[test]
fn no_production_vm_of_the_clinic_can_run_in_the_last_resort_room() {
    let clinic = estate("clinic.yaml");
    let c1 = clinic.hosts.get(&"c1".into()).unwrap();
    assert_eq!(clinic.rooms.get(&c1.room).unwrap().technology, Product::Qemu);
    assert!(clinic.vms.values().all(|vm| !clinic.reaches(c1, vm)));
}

#[test]
fn the_clinic_restarts_a_room_in_time_by_sums_and_by_its_longest_chain() {
    let clinic = estate("clinic.yaml");
    let policy = policy("default.yaml", &clinic).0;
    for room in ["a", "b"] {
        let boots: u64 = clinic
            .vms
            .values()
            .filter(|vm| clinic.hosts.get(&vm.home).unwrap().room.as_str() == room)
            .map(|vm| vm.boot.as_millis())
            .sum();
        let at_once = 2 * u64::from(policy.starts.per_host);
        assert!(Span::from_millis(boots / at_once) < Span::from_secs(16 * 60));
    }
    // A VM's service waits for the whole of what it depends on; `after` adds a second wave.
    fn ready(clinic: &Estate, id: &ServiceId, known: &mut BTreeMap<ServiceId, u64>) -> u64 {
        if let Some(at) = known.get(id) {
            return *at;
        }
        let service = clinic.services.get(id).unwrap();
        let from =
            service.depends_on.iter().map(|other| ready(clinic, other, known)).max().unwrap_or(0);
        let boot = |first: bool| {
            let vms = clinic.vms.values().filter(move |vm| vm.service == *id);
            vms.filter(move |vm| vm.after.is_empty() == first)
                .map(|vm| vm.boot.as_millis())
                .max()
                .unwrap_or(0)
        };
        let at = from + boot(true) + boot(false);
        known.insert(id.clone(), at);
        at
    }
    let mut known = BTreeMap::new();
    let longest = clinic.services.keys().map(|id| ready(&clinic, id, &mut known)).max().unwrap();
    assert!(Span::from_millis(longest) < Span::from_secs(12 * 60), "{longest} ms");
}

#[test]
fn the_main_services_of_the_clinic_are_probed() {
    let clinic = estate("clinic.yaml");
    let main = clinic.services.values().filter(|service| service.tier.0 <= 2);
    assert!(main.clone().count() >= 20);
    assert!(main.clone().all(|service| service.probe.is_some()));
    assert!(main.clone().any(|service| matches!(service.probe, Some(Probe::Http { .. }))));
}

#[test]
fn the_ward_and_the_lab_fit_without_either_room() {
    let ward = estate("ward.yaml");
    assert_eq!(ward.vms.len(), 8);
    let lab = estate("lab.yaml");
    let kernels = lab.vms.values().filter(|vm| vm.source == VmSource::Kernel).count();
    assert_eq!((lab.vms.len(), kernels), (15, 3));
    assert!(lab.rooms.values().all(|room| room.technology == Product::Qemu));
    for estate in [ward, lab] {
        assert!(estate.summary().losses.iter().all(|loss| loss.fits));
    }
}

#[test]
fn the_hospital_is_as_it_was_described() {
    let hospital = estate("hospital.yaml");
    let summary = hospital.summary();
    assert_eq!(summary.counts.vms, 200);
    let production = hospital.production_rooms().count();
    assert_eq!(production, 2);
    // A duplicated set of servers.
    let hosts = |room: &str| hospital.hosts_in(&room.into()).count();
    assert_eq!(hosts("a"), hosts("b"));
    // Two core switches.
    assert_eq!(hospital.links[&"lan-ab".into()].paths.len(), 2);
    for named in
        ["citrix", "directory", "dxcare", "cpage", "fog", "sccm", "veeam", "tina", "supervision"]
    {
        assert!(hospital.services.contains_key(&named.into()), "{named}");
    }
    assert!(summary.losses.iter().all(|loss| loss.fits), "{:?}", summary.losses);
    assert!(summary.power_feeds.iter().all(|feed| feed.dark.is_empty()));
    for measured in [Measures::Temperature, Measures::Smoke, Measures::Water] {
        for room in ["a", "b"] {
            let mut sensors = hospital.sensors.values();
            assert!(
                sensors.any(|sensor| sensor.measures == measured && sensor.room.as_str() == room)
            );
        }
    }
}

#[test]
fn every_link_of_the_imaging_chain_has_who_answers_for_it_and_three_parties_share_it() {
    let hospital = estate("hospital.yaml");
    let chain = &hospital.chains[&"imaging".into()];
    let links: Vec<&str> = chain.links.iter().map(ServiceId::as_str).collect();
    assert_eq!(
        links,
        [
            "modalities",
            "pacs-cache-1",
            "pacs-cache-2",
            "pacs-archive",
            "reconciliation",
            "viewer",
            "dxcare"
        ]
    );
    let mut called = BTreeSet::new();
    for link in &chain.links {
        let service = &hospital.services[link];
        called.extend(service.contacts.iter().map(|id| id.as_str()));
        assert!(service.degraded.is_some(), "{link}: what people do meanwhile");
        assert!(service.mtpd.is_some() && service.probe.is_some(), "{link}");
    }
    for party in ["it-on-call", "pacs-administrator", "pacs-vendor"] {
        assert!(called.contains(party), "{party} shares the chain");
    }
}

#[test]
fn images_come_back_most_recent_first() {
    let hospital = estate("hospital.yaml");
    let turns = hospital.restore_turns();
    let turn = |volume: &str| turns[&VolumeId::from(volume)];
    assert!(turn("databases-1") < turn("images-ssd-1"));
    assert!(turn("images-ssd-1") < turn("images-year-1"));
    assert!(turn("images-year-1") < turn("images-archive-1"));
    // The tiers go further and further back, the last one to the beginning.
    let back: Vec<Option<Span>> = hospital
        .restore_order()
        .into_iter()
        .filter(|(id, _)| id.as_str().starts_with("images"))
        .map(|(_, tier)| tier.reaches_back)
        .collect();
    let days = |days: u64| Some(Span::from_secs(days * 24 * 3600));
    assert_eq!(back, [days(30), days(365), None]);
}

#[test]
fn every_server_of_the_field_hospitals_specification_is_there_with_a_probe() {
    let field = estate("field-hospital.yaml");
    for kind in [
        "his",
        "database",
        "voip",
        "mail",
        "radius",
        "nas",
        "backup",
        "virtualisation",
        "vpn",
        "web",
        "monitoring",
        "ids",
        "devices",
    ] {
        let service = field.services.get(&kind.into());
        let service = service.unwrap_or_else(|| panic!("{kind} is not in the estate"));
        assert!(service.probe.is_some(), "{kind} has no probe");
        assert!(field.vms_of(&kind.into()).count() > 0, "{kind} has no VM");
    }
    for vlan in (10..=70).step_by(10) {
        let prefix = format!("vlan{vlan}-");
        let mut networks = field.vms.values().flat_map(|vm| &vm.networks);
        assert!(networks.any(|network| network.as_str().starts_with(&prefix)), "VLAN {vlan}");
    }
    assert!(field.summary().losses.iter().all(|loss| loss.fits));
    assert!(field.power_feeds.values().all(|feed| feed.battery.is_some() && feed.probe.is_some()));
    let doors = field.sensors.values().filter(|sensor| sensor.measures == Measures::Door);
    assert!(doors.clone().count() >= 4 && doors.clone().all(|door| door.topic.is_some()));
}

#[test]
fn the_radiology_group_is_as_it_told_and_its_old_server_is_warned_of() {
    let (group, warnings) = estate_with_warnings("radiology.yaml");
    let codes: Vec<&str> = warnings.iter().map(|found| found.code.as_str()).collect();
    assert_eq!(codes, ["estate.vm-on-one-host"], "{}", said(&warnings));
    assert!(warnings[0].message.in_lang(Lang::En).contains("`dictation-1`"));
    let centres = group.sites.keys().filter(|site| site.as_str().starts_with("centre-"));
    assert_eq!(centres.count(), 16);
    // Every centre has its own accounts and its own recent images.
    for name in ["centre-accounts", "centre-caches"] {
        assert_eq!(group.repositories[&name.into()].at.len(), 16, "{name}");
    }
    // Nothing but the old server's data and databases has a copy in the room that burns, and
    // everything has one off-site.
    assert!(group.backups.values().all(|backup| backup.kept_in.contains_key(&"vault".into())));
    let bytes = serde_json::to_vec(&group).unwrap();
    assert_eq!(serde_json::from_slice::<Estate>(&bytes).unwrap(), group);
}

#[test]
fn the_default_policy_file_says_what_the_code_says() {
    let (read, warnings) = policy("default.yaml", &estate("clinic.yaml"));
    assert_eq!(read, Policy::default());
    // Its hold-off for a room outlasts the lease: accepted, and said.
    assert!(warnings.iter().all(|found| found.code == "policy.hold-off-beyond-lease"));
}

#[test]
fn the_fast_policies_suit_the_ward_and_the_lab() {
    for (name, of, wait_ms) in
        [("fast-lease.yaml", "ward.yaml", 3503), ("lab.yaml", "lab.yaml", 10_009)]
    {
        let (fast, warnings) = policy(name, &estate(of));
        assert!(warnings.is_empty(), "{}", said(&warnings));
        assert_eq!(fast.lease.wait(), Span::from_millis(wait_ms));
    }
}

#[test]
fn an_estate_survives_the_log() {
    for name in ["clinic.yaml", "hospital.yaml", "field-hospital.yaml"] {
        let written = estate(name);
        let bytes = serde_json::to_vec(&written).unwrap();
        assert_eq!(serde_json::from_slice::<Estate>(&bytes).unwrap(), written);
    }
}

#[test]
fn an_estate_without_contacts_power_or_sensors_is_written_as_before() {
    let bytes = serde_json::to_string(&estate("ward.yaml")).unwrap();
    for key in ["contacts", "chains", "power_feeds", "sensors", "data_tiers", "mtpd", "degraded"] {
        assert!(!bytes.contains(key), "{key} is in the log of an estate that has none");
    }
}
