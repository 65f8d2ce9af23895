//! A small clinic: two production rooms with two hosts each, a last-resort room, eight VMs.

use std::collections::BTreeSet;

use model::estate::{
    Array, Estate, Host, Link, LinkKind, LinkPath, Probe, Replica, Restarts, Room, RoomRole,
    Service, StorageLayer, Tier, Vm, VmSource, Volume, Watchdog,
};
use model::fence::Rung;
use model::id::{ControllerId, HostId, RoomId, ServiceId, VmId};
use model::product::Product;
use model::text::Text;
use model::units::{CpuCount, MemoryMib, Span};

pub fn clinic() -> Estate {
    let mut estate = Estate { name: "small".to_owned(), ..Estate::default() };
    for (number, room) in ["a", "b", "c"].into_iter().enumerate() {
        let role = if room == "c" { RoomRole::LastResort } else { RoomRole::Production };
        estate.rooms.insert(
            RoomId::from(room),
            Room {
                title: Text::from(room),
                role,
                technology: Product::Twin,
                controller: ControllerId(number as u64 + 1),
            },
        );
    }
    for (id, ends) in [("ab", ["a", "b"]), ("ac", ["a", "c"]), ("bc", ["b", "c"])] {
        estate.links.insert(
            id.into(),
            Link {
                kind: LinkKind::Network,
                between: ends.into_iter().map(RoomId::from).collect(),
                paths: vec![LinkPath { id: "p1".into() }],
                measured: None,
            },
        );
    }
    for host in ["a1", "a2", "b1", "b2"] {
        estate.hosts.insert(HostId::from(host), self::host(&host[..1]));
    }
    for room in ["a", "b"] {
        estate.arrays.insert(format!("array-{room}").into(), Array { room: room.into() });
    }
    let arrays = vec!["array-a".into(), "array-b".into()];
    estate.storage_layers.insert(
        "svc".into(),
        StorageLayer { arrays: arrays.clone(), quorum: "c".into(), preferred: "a".into() },
    );
    estate
        .volumes
        .insert("vol".into(), Volume { layer: Some("svc".into()), arrays, replica: None });
    for (service, depends_on) in [("base", None), ("db", Some("base")), ("app", Some("db"))] {
        estate.services.insert(
            ServiceId::from(service),
            Service {
                title: Text::from(service),
                tier: Tier(0),
                rto: Span::from_secs(1800),
                rpo: Span::ZERO,
                depends_on: depends_on.into_iter().map(ServiceId::from).collect(),
                probe: None,
                ..Service::default()
            },
        );
    }
    for (id, service, home) in [
        ("base-1", "base", "a1"),
        ("base-2", "base", "b1"),
        ("db-1", "db", "a1"),
        ("db-2", "db", "b2"),
        ("app-1", "app", "a2"),
        ("app-2", "app", "a2"),
        ("app-3", "app", "b1"),
        ("app-4", "app", "b2"),
    ] {
        estate.vms.insert(VmId::from(id), vm(service, home));
    }
    estate
}

/// The same rooms, with a host and a copy of the volume in room c, and services that may lose so
/// much.
pub fn with_copies(rpo: Span) -> Estate {
    let mut estate = clinic();
    let c1 = Host { volumes: BTreeSet::new(), ..host("c") };
    estate.hosts.insert(HostId::from("c1"), c1);
    for volume in estate.volumes.values_mut() {
        volume.replica = Some(Replica { room: "c".into(), behind: Span::from_secs(2) });
    }
    estate.services.values_mut().for_each(|service| service.rpo = rpo);
    estate
}

/// As [`with_copies`], and users of each service can tell whether it answers.
pub fn with_users(rpo: Span) -> Estate {
    let mut estate = with_copies(rpo);
    for (id, service) in &mut estate.services {
        service.probe = Some(Probe::Tcp { address: format!("{id}.clinic:443") });
    }
    estate
}

/// Room b stores its VMs by itself, so that nobody outside of room a could take what runs there;
/// or, with copies in room c, its host.
pub fn each_room_alone(copies: bool) -> Estate {
    let mut estate = with_copies(Span::from_secs(3600));
    if !copies {
        estate.volumes.values_mut().for_each(|volume| volume.replica = None);
    }
    let alone = Volume { layer: None, arrays: vec!["array-b".into()], replica: None };
    estate.volumes.insert("vol-b".into(), alone);
    let in_b = |host: &HostId| host.as_str().starts_with('b');
    for (_, host) in estate.hosts.iter_mut().filter(|(id, _)| in_b(id)) {
        host.volumes = BTreeSet::from(["vol-b".into()]);
    }
    for vm in estate.vms.values_mut().filter(|vm| in_b(&vm.home)) {
        vm.volumes = BTreeSet::from(["vol-b".into()]);
    }
    estate
}

/// The same rooms, with so many VMs of one service.
pub fn full_size(vms: usize) -> Estate {
    let mut estate = clinic();
    for host in estate.hosts.values_mut() {
        host.cpus = CpuCount(2048);
        host.memory_mib = MemoryMib(4 * 1024 * 1024);
    }
    for number in estate.vms.len()..vms {
        let home = ["a1", "a2", "b1", "b2"][number % 4];
        estate.vms.insert(VmId::from(format!("app-{number:03}")), vm("app", home));
    }
    estate
}

fn host(room: &str) -> Host {
    Host {
        room: room.into(),
        cpus: CpuCount(32),
        memory_mib: MemoryMib(65536),
        cpu_ratio_percent: 400,
        memory_reserve_mib: MemoryMib(1024),
        networks: BTreeSet::from(["lan".into()]),
        volumes: BTreeSet::from(["vol".into()]),
        devices: BTreeSet::new(),
        rungs: BTreeSet::from([Rung::Power, Rung::Storage, Rung::Lease, Rung::People]),
        watchdog: Some(Watchdog { timeout: Span::from_secs(10), armed: true }),
        restarts: Restarts::Bascule,
    }
}

fn vm(service: &str, home: &str) -> Vm {
    Vm {
        service: service.into(),
        cpus: CpuCount(2),
        memory_mib: MemoryMib(2048),
        networks: BTreeSet::from(["lan".into()]),
        volumes: BTreeSet::from(["vol".into()]),
        devices: BTreeSet::new(),
        home: home.into(),
        prefers: Vec::new(),
        anti_affinity: None,
        after: BTreeSet::new(),
        boot: Span::from_secs(2),
        source: VmSource::Stub,
    }
}
