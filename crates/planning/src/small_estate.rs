//! A small clinic for tests: two production rooms with two hosts each, a last-resort room.

use std::collections::BTreeSet;

use model::estate::{
    Array, Estate, Host, Probe, Restarts, Room, RoomRole, Service, StorageLayer, Tier, Vm,
    VmSource, Volume,
};
use model::fence::Rung;
use model::id::{ControllerId, RoomId};
use model::product::Product;
use model::units::{CpuCount, MemoryMib, Span};

pub(crate) fn host(estate: &mut Estate, id: &str, room: &str, cpus: u32, gib: u64) {
    estate.hosts.insert(
        id.into(),
        Host {
            room: room.into(),
            cpus: CpuCount(cpus),
            memory_mib: MemoryMib(gib * 1024),
            cpu_ratio_percent: 400,
            memory_reserve_mib: MemoryMib(1024),
            networks: BTreeSet::from(["lan".into()]),
            volumes: BTreeSet::from(["vol-1".into(), "vol-2".into()]),
            devices: BTreeSet::new(),
            rungs: BTreeSet::from([Rung::Power, Rung::Storage, Rung::Lease]),
            watchdog: None,
            restarts: Restarts::Bascule,
        },
    );
}

pub(crate) fn service(estate: &mut Estate, id: &str, tier: u8, depends_on: &[&str]) {
    estate.services.insert(
        id.into(),
        Service {
            title: id.into(),
            tier: Tier(tier),
            rto: Span::from_secs(1800),
            rpo: Span::ZERO,
            depends_on: depends_on.iter().map(|id| (*id).into()).collect(),
            probe: Some(Probe::Tcp { address: format!("{id}:80") }),
            ..Service::default()
        },
    );
}

pub(crate) fn vm(estate: &mut Estate, id: &str, service: &str, cpus: u32, mib: u64, home: &str) {
    estate.vms.insert(
        id.into(),
        Vm {
            service: service.into(),
            cpus: CpuCount(cpus),
            memory_mib: MemoryMib(mib),
            networks: BTreeSet::from(["lan".into()]),
            volumes: BTreeSet::from(["vol-1".into()]),
            devices: BTreeSet::new(),
            home: home.into(),
            prefers: Vec::new(),
            anti_affinity: None,
            after: BTreeSet::new(),
            boot: Span::from_secs(30),
            source: VmSource::Stub,
        },
    );
}

/// dns (tier 0, two VMs kept apart), db (tier 1), dpi (tier 1, on db and dns), wiki (tier 3).
pub(crate) fn clinic() -> Estate {
    let mut estate = Estate { name: "small".to_owned(), ..Estate::default() };
    for (number, (id, role)) in
        [("a", RoomRole::Production), ("b", RoomRole::Production), ("c", RoomRole::LastResort)]
            .into_iter()
            .enumerate()
    {
        let controller = ControllerId(number as u64 + 1);
        let room = Room { title: id.into(), role, technology: Product::Twin, controller };
        estate.rooms.insert(RoomId::from(id), room);
    }
    for (id, room) in [("a1", "a"), ("a2", "a"), ("b1", "b"), ("b2", "b")] {
        host(&mut estate, id, room, 8, 33);
    }
    for (id, room) in [("array-a", "a"), ("array-b", "b")] {
        estate.arrays.insert(id.into(), Array { room: room.into() });
    }
    let arrays = vec!["array-a".into(), "array-b".into()];
    estate.storage_layers.insert(
        "svc".into(),
        StorageLayer { arrays: arrays.clone(), quorum: "c".into(), preferred: "a".into() },
    );
    for id in ["vol-1", "vol-2"] {
        estate.volumes.insert(
            id.into(),
            Volume { layer: Some("svc".into()), arrays: arrays.clone(), replica: None },
        );
    }
    service(&mut estate, "dns", 0, &[]);
    service(&mut estate, "db", 1, &["dns"]);
    service(&mut estate, "dpi", 1, &["db", "dns"]);
    service(&mut estate, "wiki", 3, &["dns"]);
    vm(&mut estate, "dns-1", "dns", 2, 4096, "a1");
    vm(&mut estate, "dns-2", "dns", 2, 4096, "b1");
    for id in ["dns-1", "dns-2"] {
        if let Some(vm) = estate.vms.get_mut(&id.into()) {
            vm.anti_affinity = Some("dns".to_owned());
        }
    }
    vm(&mut estate, "db-1", "db", 4, 16 * 1024, "a1");
    vm(&mut estate, "dpi-1", "dpi", 4, 8192, "a2");
    vm(&mut estate, "dpi-2", "dpi", 4, 8192, "b2");
    vm(&mut estate, "wiki-1", "wiki", 1, 2048, "a2");
    estate
}
