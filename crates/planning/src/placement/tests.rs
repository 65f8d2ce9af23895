#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use model::text::Lang;
use proptest::prelude::*;

use super::*;
use crate::copies::Copies;
use crate::small_estate::{self, host, service, vm};

/// Every VM from its own volumes, none of which is old.
fn own_volumes() -> Opens<'static> {
    static COPIES: Copies =
        Copies { stale: BTreeMap::new(), opened: BTreeMap::new(), lost: BTreeMap::new() };
    Opens { copies: &COPIES, from_copies: false }
}

fn ids<T: for<'a> From<&'a str> + Ord>(names: &[&str]) -> BTreeSet<T> {
    names.iter().map(|name| T::from(name)).collect()
}

fn place_in(estate: &Estate, vms: &BTreeSet<VmId>, hosts: &BTreeSet<HostId>) -> Placement {
    let runs_on: BTreeMap<VmId, HostId> =
        estate.vms.iter().map(|(id, vm)| (id.clone(), vm.home.clone())).collect();
    let volumes_gone = BTreeSet::new();
    place(&Request {
        estate,
        vms,
        hosts,
        runs_on: &runs_on,
        volumes_gone: &volumes_gone,
        opens: own_volumes(),
    })
}

#[test]
fn vms_of_a_lost_room_fit_beside_those_that_run() {
    let estate = small_estate::clinic();
    let lost = ids(&["dns-1", "db-1", "dpi-1", "wiki-1"]);
    let placement = place_in(&estate, &lost, &ids(&["b1", "b2"]));
    assert_eq!(placement.shed, []);
    // dns-2 runs on b1: its twin goes to the other.
    assert_eq!(placement.placed[&VmId::from("dns-1")], "b2".into());
    assert!(placement.peak_percent <= 100);
}

#[test]
fn a_vm_stays_where_it_runs_when_it_can() {
    let estate = small_estate::clinic();
    let all: BTreeSet<HostId> = estate.hosts.keys().cloned().collect();
    let placement = place_in(&estate, &ids(&["dpi-1"]), &all);
    assert_eq!(placement.placed[&VmId::from("dpi-1")], "a2".into());
}

#[test]
fn a_preferred_host_wins_over_an_emptier_one() {
    let mut estate = small_estate::clinic();
    estate.vms.get_mut(&"wiki-1".into()).unwrap().prefers = vec!["b1".into()];
    let placement = place_in(&estate, &ids(&["wiki-1"]), &ids(&["a1", "b1", "b2"]));
    assert_eq!(placement.placed[&VmId::from("wiki-1")], "b1".into());
}

#[test]
fn important_vms_are_placed_first_and_the_others_say_what_they_lack() {
    let mut estate = small_estate::clinic();
    for (id, mib) in [("db-1", 27 * 1024), ("wiki-1", 10 * 1024)] {
        estate.vms.get_mut(&id.into()).unwrap().memory_mib = model::units::MemoryMib(mib);
    }
    let placement = place_in(&estate, &ids(&["wiki-1", "db-1"]), &ids(&["a1"]));
    let placed: Vec<&str> = placement.placed.keys().map(VmId::as_str).collect();
    // dns-1 runs on a1 and stays: the database fits beside it, the wiki no more.
    assert_eq!(placed, ["db-1"]);
    let said: Vec<String> = placement
        .shed
        .iter()
        .map(|shed| {
            format!("{}: {} / {}", shed.vm, shed.why.words(Lang::En), shed.why.words(Lang::Fr))
        })
        .collect();
    expect_test::expect![[r#"
        wiki-1: no room; it would fit on a1 with 9 GiB more / aucune place ; il tiendrait sur a1 avec 9 GiB de plus
    "#]].assert_eq(&(said.join("\n") + "\n"));
}

#[test]
fn what_no_host_reaches_and_what_has_no_copy_is_said() {
    let mut estate = small_estate::clinic();
    estate.vms.get_mut(&"dpi-1".into()).unwrap().devices.insert("dongle".into());
    let vms = ids(&["dpi-1"]);
    let hosts = ids(&["b1", "b2"]);
    let why = &place_in(&estate, &vms, &hosts).shed[0].why;
    assert_eq!(why.words(Lang::En), "no host reaches all that it needs; b1 lacks device dongle");
    let gone = ids(&["vol-1"]);
    let runs_on = BTreeMap::new();
    let request = Request {
        estate: &estate,
        vms: &vms,
        hosts: &hosts,
        runs_on: &runs_on,
        volumes_gone: &gone,
        opens: own_volumes(),
    };
    let why = &place(&request).shed[0].why;
    assert_eq!(why.words(Lang::En), "no copy of vol-1 is left; bring an array back or restore it");
    let vms = ids(&["dns-1"]);
    let placement = place_in(&estate, &vms, &ids(&["b1"]));
    assert!(placement.shed[0].why.words(Lang::Fr).contains("groupe dns"), "{placement:?}");
    let placement = place_in(&estate, &vms, &BTreeSet::new());
    assert_eq!(placement.shed[0].why, WhyShed::NoHost);
}

#[test]
fn a_vm_without_room_makes_some_by_moving_another() {
    let mut estate = Estate::default();
    host(&mut estate, "h1", "a", 4, 17);
    host(&mut estate, "h2", "a", 4, 17);
    estate.hosts.get_mut(&"h1".into()).unwrap().devices.insert("dongle".into());
    service(&mut estate, "first", 0, &[]);
    service(&mut estate, "second", 1, &[]);
    vm(&mut estate, "big", "first", 1, 12 * 1024, "h1");
    vm(&mut estate, "bound", "second", 1, 12 * 1024, "h1");
    estate.vms.get_mut(&"bound".into()).unwrap().devices.insert("dongle".into());
    let (vms, hosts) = (ids(&["big", "bound"]), ids(&["h1", "h2"]));
    let (runs_on, volumes_gone) = (BTreeMap::new(), BTreeSet::new());
    let request = Request {
        estate: &estate,
        vms: &vms,
        hosts: &hosts,
        runs_on: &runs_on,
        volumes_gone: &volumes_gone,
        opens: own_volumes(),
    };
    let placed = place(&request).placed;
    assert_eq!(placed[&VmId::from("bound")], "h1".into());
    assert_eq!(placed[&VmId::from("big")], "h2".into());
}

#[test]
fn a_database_is_not_left_down_for_two_that_depend_on_it() {
    for depends in [true, false] {
        let mut estate = Estate::default();
        host(&mut estate, "h1", "a", 8, 17);
        service(&mut estate, "db", 1, &[]);
        service(&mut estate, "app", 1, if depends { &["db"] } else { &[] });
        vm(&mut estate, "db-1", "db", 1, 16 * 1024, "h1");
        vm(&mut estate, "app-1", "app", 1, 8 * 1024, "h1");
        vm(&mut estate, "app-2", "app", 1, 8 * 1024, "h1");
        let (vms, hosts) = (ids(&["app-1", "app-2", "db-1"]), ids(&["h1"]));
        let runs_on = BTreeMap::new();
        let placement = place(&Request::with_own_volumes(&estate, &vms, &hosts, &runs_on));
        let placed: Vec<&str> = placement.placed.keys().map(VmId::as_str).collect();
        // Where nothing depends on it, two are more than one.
        assert_eq!(placed, if depends { vec!["db-1"] } else { vec!["app-1", "app-2"] });
    }
}

fn estates() -> impl Strategy<Value = Estate> {
    let hosts = proptest::collection::vec((1_u32..6, 2_u64..24, any::<u8>()), 1..6);
    let vms =
        proptest::collection::vec((1_u32..6, 256_u64..8192, 0_u8..4, any::<u8>(), 0_u8..4), 0..40);
    (hosts, vms).prop_map(|(hosts, vms)| {
        let mut estate = Estate::default();
        for tier in 0..4 {
            service(&mut estate, &format!("s{tier}"), tier, &[]);
        }
        for (number, (cpus, gib, bits)) in hosts.into_iter().enumerate() {
            let id = format!("h{number}");
            host(&mut estate, &id, "a", cpus, gib);
            let host = estate.hosts.get_mut(&id.as_str().into()).unwrap();
            if bits & 1 > 0 {
                host.devices.insert("dongle".into());
            }
            if bits & 6 == 6 {
                host.networks.clear();
            }
            if bits & 24 == 24 {
                host.volumes.remove(&"vol-1".into());
            }
        }
        for (number, (cpus, mib, tier, bits, group)) in vms.into_iter().enumerate() {
            let id = format!("v{number:02}");
            vm(&mut estate, &id, &format!("s{tier}"), cpus, mib, &format!("h{}", bits % 6));
            let vm = estate.vms.get_mut(&id.as_str().into()).unwrap();
            if bits & 7 == 7 {
                vm.devices.insert("dongle".into());
            }
            if bits & 24 == 24 {
                vm.volumes = ids(&["vol-2"]);
            }
            if group > 0 && bits & 32 > 0 {
                vm.anti_affinity = Some(format!("g{group}"));
            }
        }
        estate
    })
}

proptest! {
    /// Every VM is placed or shed, once; what is placed is reached, kept apart and within
    /// capacity, with what runs already; what is shed for want of room fits nowhere as it stands;
    /// the same request gives the same answer.
    #[test]
    fn a_placement_keeps_every_rule(estate in estates(), running in proptest::collection::vec(any::<bool>(), 40)) {
        let hosts: BTreeSet<HostId> = estate.hosts.keys().cloned().collect();
        let mut runs_on: BTreeMap<VmId, HostId> = BTreeMap::new();
        let mut used: BTreeMap<&HostId, (u64, u64)> = BTreeMap::new();
        let mut groups: BTreeSet<(&str, &HostId)> = BTreeSet::new();
        let mut vms: BTreeSet<VmId> = BTreeSet::new();
        for ((id, vm), on) in estate.vms.iter().zip(running) {
            let home = estate.hosts.get_key_value(&vm.home).filter(|(_, host)| on && estate.reaches(host, vm));
            let fits = home.filter(|(home, host)| {
                let (cpus, mib) = used.get(home).copied().unwrap_or_default();
                let together = vm.anti_affinity.as_deref().is_some_and(|group| groups.contains(&(group, *home)));
                !together
                    && cpus + u64::from(vm.cpus.0) <= u64::from(host.cpu_capacity().0)
                    && mib + vm.memory_mib.0 <= host.memory_capacity().0
            });
            let Some((home, _)) = fits else { vms.insert(id.clone()); continue };
            let load = used.entry(home).or_default();
            *load = (load.0 + u64::from(vm.cpus.0), load.1 + vm.memory_mib.0);
            groups.extend(vm.anti_affinity.as_deref().map(|group| (group, home)));
            runs_on.insert(id.clone(), home.clone());
        }
        let volumes_gone = BTreeSet::new();
        let request = Request { estate: &estate, vms: &vms, hosts: &hosts, runs_on: &runs_on, volumes_gone: &volumes_gone, opens: own_volumes() };
        let placement = place(&request);
        prop_assert_eq!(&placement, &place(&request));
        let shed: BTreeSet<VmId> = placement.shed.iter().map(|shed| shed.vm.clone()).collect();
        let placed: BTreeSet<VmId> = placement.placed.keys().cloned().collect();
        prop_assert!(placed.is_disjoint(&shed));
        prop_assert_eq!(placed.union(&shed).cloned().collect::<BTreeSet<_>>(), vms);
        for (id, at) in &placement.placed {
            let (vm, at) = (&estate.vms[id], estate.hosts.get_key_value(at).unwrap().0);
            prop_assert!(estate.reaches(&estate.hosts[at], vm));
            let load = used.entry(at).or_default();
            *load = (load.0 + u64::from(vm.cpus.0), load.1 + vm.memory_mib.0);
            if let Some(group) = vm.anti_affinity.as_deref() {
                prop_assert!(groups.insert((group, at)), "two of {group} on {at}");
            }
        }
        for (id, (cpus, mib)) in &used {
            prop_assert!(*cpus <= u64::from(estate.hosts[*id].cpu_capacity().0));
            prop_assert!(*mib <= estate.hosts[*id].memory_capacity().0);
        }
        for shed in &placement.shed {
            let vm = &estate.vms[&shed.vm];
            for (id, host) in estate.hosts.iter().filter(|(_, host)| estate.reaches(host, vm)) {
                let (cpus, mib) = used.get(id).copied().unwrap_or_default();
                let full = cpus + u64::from(vm.cpus.0) > u64::from(host.cpu_capacity().0)
                    || mib + vm.memory_mib.0 > host.memory_capacity().0;
                let together = vm.anti_affinity.as_deref().is_some_and(|group| groups.contains(&(group, id)));
                prop_assert!(full || together, "{} would fit on {id}", shed.vm);
            }
        }
    }
}
