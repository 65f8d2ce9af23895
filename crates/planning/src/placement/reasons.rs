//! What the nearest host lacks that a VM without a place needs.

use model::estate::{Host, Vm};
use model::units::{CpuCount, MemoryMib};

use super::WhyShed;
use super::candidates::Candidate;
use super::ground::Ground;
use super::hosts::{Hosts, share};

/// What the nearest host lacks that this VM needs.
pub(super) fn why_none_reaches(ground: &Ground<'_>, usable: &[bool], vm: &Vm) -> WhyShed {
    let opened = &ground.opens.copies.opened;
    if let Some((volume, room)) = vm.volumes.iter().find_map(|id| opened.get_key_value(id)) {
        return WhyShed::OpenedElsewhere { volume: volume.clone(), room: room.clone() };
    }
    if ground.opens.from_copies {
        return WhyShed::NoHost;
    }
    let hosts = || ground.hosts.iter().zip(usable).filter(|(_, usable)| **usable);
    let standing: Vec<&Host> = hosts().map(|((_, host), _)| *host).collect();
    if let Some((volume, room, alone)) = ground.opens.old_copy(&standing, vm) {
        let (volume, alone) = (volume.clone(), alone.clone());
        return WhyShed::StaleSide { volume, room, alone };
    }
    let lacks = |host: &Host| {
        let networks = vm.networks.difference(&host.networks).map(|id| format!("network {id}"));
        let volumes = vm.volumes.difference(&host.volumes).map(|id| format!("volume {id}"));
        let devices = vm.devices.difference(&host.devices).map(|id| format!("device {id}"));
        networks.chain(volumes).chain(devices).collect::<Vec<_>>()
    };
    let nearest = hosts().map(|((id, host), _)| (lacks(host), *id));
    match nearest.min_by_key(|(lacks, id)| (lacks.len(), *id)) {
        Some((lacks, host)) => WhyShed::NoneReaches { host: host.clone(), lacks },
        None => WhyShed::NoHost,
    }
}

/// What the host with the least lack would need to take this VM.
pub(super) fn why_no_room(
    ground: &Ground<'_>,
    hosts: &Hosts,
    one: &Candidate,
    reaching: &[usize],
) -> WhyShed {
    let lack = |host: usize| {
        let (taken, capacity) = (hosts.taken[host], hosts.capacity[host]);
        let cpus = (taken.cpus + one.size.cpus).saturating_sub(capacity.cpus);
        (cpus, (taken.memory + one.size.memory).saturating_sub(capacity.memory))
    };
    let id = |host: usize| ground.hosts[host].0.clone();
    let roomy: Vec<usize> =
        reaching.iter().copied().filter(|host| hosts.has_room(*host, one.size)).collect();
    let group = &ground.rows[one.row].vm.anti_affinity;
    if let (Some(group), false) = (group, roomy.is_empty()) {
        let hosts = roomy.into_iter().map(id).collect();
        return WhyShed::KeptApart { group: group.clone(), hosts };
    }
    let least = reaching.iter().copied().min_by_key(|host| {
        let (cpus, memory) = lack(*host);
        let capacity = hosts.capacity[*host];
        (share(cpus, capacity.cpus).max(share(memory, capacity.memory)), *host)
    });
    match least {
        Some(host) => {
            let (cpus, memory) = lack(host);
            WhyShed::NoRoom {
                host: id(host),
                lacks_cpus: CpuCount(u32::try_from(cpus).unwrap_or(u32::MAX)),
                lacks_memory_mib: MemoryMib(memory),
            }
        }
        None => WhyShed::NoHost,
    }
}
