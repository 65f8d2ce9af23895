//! What the rooms tell, as the rehearsal has it.

use model::era::Token;
use model::estate::Estate;
use model::id::{HostId, RoomId, VmId};
use model::observation::{Detail, Observation, Status, Target};
use model::step::StepKey;

use super::file::Struck;

fn see(from: &RoomId, target: Target, status: Status, detail: Detail) -> Observation {
    Observation { target, vantage: from.clone(), status, evidence: "rehearsed".to_owned(), detail }
}

fn serving() -> Detail {
    Detail::Storage { serving: true, in_sync: true, elected: None, generation: 0 }
}

/// Everything that a room sees while all is well.
pub(super) fn all_is_well(estate: &Estate, from: &RoomId) -> Vec<Observation> {
    let mut seen = without_vms(estate, from);
    for (service, definition) in &estate.services {
        if definition.probe.is_some() {
            seen.push(self::service(from, service, Status::Up));
        }
    }
    for (vm, definition) in &estate.vms {
        seen.push(runs(from, vm, &definition.home));
    }
    seen
}

/// The same without VMs and services: rooms, hosts, arrays, links.
pub(super) fn without_vms(estate: &Estate, from: &RoomId) -> Vec<Observation> {
    let mut seen = Vec::new();
    let mut up = |target, detail| seen.push(see(from, target, Status::Up, detail));
    for (room, definition) in &estate.rooms {
        if room != from {
            up(Target::Controller { controller: definition.controller }, Detail::None);
        }
    }
    for (host, definition) in &estate.hosts {
        let detail = Detail::Host {
            boot: format!("{host}-1"),
            armed: definition.watchdog.is_some_and(|watchdog| watchdog.armed),
            accepted: Token::default(),
            arming: Token::default(),
            sealed: true,
        };
        up(Target::Host { host: host.clone() }, detail);
        up(Target::Power { host: host.clone() }, Detail::None);
    }
    for array in estate.arrays.keys() {
        up(Target::Array { array: array.clone() }, serving());
    }
    for (layer, definition) in &estate.storage_layers {
        for room in estate.sides_of(definition) {
            up(Target::StorageSide { layer: layer.clone(), room: room.clone() }, serving());
        }
    }
    for (link, definition) in &estate.links {
        for path in definition.paths.iter().filter(|_| definition.between.contains(from)) {
            up(Target::Path { link: link.clone(), path: path.id.clone() }, Detail::None);
        }
    }
    seen
}

/// A VM executes, as it did before anybody started it.
pub(super) fn runs(from: &RoomId, vm: &VmId, host: &HostId) -> Observation {
    let detail = Detail::Vm { token: None, key: None, stopped_on_purpose: false, booted: true };
    see(from, vm_on(vm, host), Status::Up, detail)
}

fn vm_on(vm: &VmId, host: &HostId) -> Target {
    Target::Vm { vm: vm.clone(), host: host.clone() }
}

/// What a room tells of something that has died.
pub(super) fn silent(estate: &Estate, from: &RoomId, struck: &Struck) -> Vec<Observation> {
    let mut seen = Vec::new();
    let mut tell = |target, status| seen.push(see(from, target, status, Detail::None));
    match struck {
        Struck::Host(host) => {
            tell(Target::Host { host: host.clone() }, Status::Unknown);
            // Its management controller lives.
            tell(Target::Power { host: host.clone() }, Status::Down);
        }
        Struck::Room(room) => {
            if let Some(definition) = estate.rooms.get(room) {
                tell(Target::Controller { controller: definition.controller }, Status::Unknown);
            }
            for (host, _) in estate.hosts_in(room) {
                tell(Target::Host { host: host.clone() }, Status::Unknown);
                tell(Target::Power { host: host.clone() }, Status::Unknown);
            }
            for (array, _) in estate.arrays.iter().filter(|(_, array)| array.room == *room) {
                tell(Target::Array { array: array.clone() }, Status::Unknown);
            }
            for (layer, definition) in &estate.storage_layers {
                if estate.sides_of(definition).any(|side| side == room) {
                    let side = Target::StorageSide { layer: layer.clone(), room: room.clone() };
                    tell(side, Status::Unknown);
                }
            }
            for (link, definition) in &estate.links {
                if definition.between.contains(from) && definition.between.contains(room) {
                    for path in &definition.paths {
                        let path = Target::Path { link: link.clone(), path: path.id.clone() };
                        tell(path, Status::Down);
                    }
                }
            }
        }
    }
    seen
}

/// The storage layers have elected the sides outside of this room.
pub(super) fn elected(estate: &Estate, from: &RoomId, dead: &RoomId) -> Vec<Observation> {
    let mut seen = Vec::new();
    for (layer, definition) in &estate.storage_layers {
        let mut sides = estate.sides_of(definition);
        let Some(side) = sides.find(|side| *side != dead) else { continue };
        if !estate.sides_of(definition).any(|side| side == dead) {
            continue;
        }
        let detail = Detail::Storage {
            serving: true,
            in_sync: false,
            elected: Some(side.clone()),
            generation: 1,
        };
        let target = Target::StorageSide { layer: layer.clone(), room: side.clone() };
        seen.push(see(from, target, Status::Up, detail));
    }
    seen
}

/// A guest that was started executes.
pub(super) fn booted(
    from: &RoomId,
    (vm, host): (&VmId, &HostId),
    key: StepKey,
    token: Option<Token>,
) -> Observation {
    let detail = Detail::Vm { token, key: Some(key), stopped_on_purpose: false, booted: true };
    see(from, vm_on(vm, host), Status::Up, detail)
}

/// A service as its users see it.
pub(super) fn service(
    from: &RoomId,
    service: &model::id::ServiceId,
    status: Status,
) -> Observation {
    see(from, Target::Service { service: service.clone() }, status, Detail::None)
}
