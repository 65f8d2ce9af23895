//! The hosts of a request and what is taken of them so far.

use std::collections::BTreeMap;

use model::estate::{Host, Vm};
use model::id::HostId;
use model::units::{CpuCount, MemoryMib};

use super::{Request, WhyShed};

/// Loads are compared in millionths of a host's capacity.
const WHOLE: u64 = 1_000_000;

pub(super) struct Hosts<'a> {
    pub(super) ids: Vec<&'a HostId>,
    /// The VMs of the request that sit on each host, by number, in the order in which they came.
    pub(super) seated: Vec<Vec<usize>>,
    hosts: Vec<&'a Host>,
    cpus: Vec<u64>,
    memory: Vec<u64>,
    cpu_capacity: Vec<u64>,
    memory_capacity: Vec<u64>,
    /// How many members of a group that is kept apart sit on a host.
    groups: BTreeMap<(&'a str, usize), u32>,
}

impl<'a> Hosts<'a> {
    pub(super) fn of(request: &Request<'a>) -> Self {
        let known: Vec<(&HostId, &Host)> =
            request.hosts.iter().filter_map(|id| request.estate.hosts.get_key_value(id)).collect();
        let mut hosts = Self {
            ids: known.iter().map(|(id, _)| *id).collect(),
            seated: vec![Vec::new(); known.len()],
            cpus: vec![0; known.len()],
            memory: vec![0; known.len()],
            cpu_capacity: known.iter().map(|(_, host)| u64::from(host.cpu_capacity().0)).collect(),
            memory_capacity: known.iter().map(|(_, host)| host.memory_capacity().0).collect(),
            hosts: known.into_iter().map(|(_, host)| host).collect(),
            groups: BTreeMap::new(),
        };
        for (id, host) in request.runs_on {
            if request.vms.contains(id) {
                continue;
            }
            if let (Some(vm), Some(host)) = (request.estate.vms.get(id), hosts.index_of(host)) {
                hosts.take(host, vm);
            }
        }
        hosts
    }

    pub(super) fn index_of(&self, id: &HostId) -> Option<usize> {
        self.ids.binary_search(&id).ok()
    }

    pub(super) fn reaching(&self, request: &Request<'_>, vm: &Vm) -> Vec<usize> {
        let reaches = |host: &usize| request.opens.reaches(request.estate, self.hosts[*host], vm);
        (0..self.hosts.len()).filter(reaches).collect()
    }

    pub(super) fn takes(&self, host: usize, vm: &Vm) -> bool {
        self.has_room(host, vm) && !self.keeps_apart(host, vm)
    }

    fn has_room(&self, host: usize, vm: &Vm) -> bool {
        self.cpus[host] + u64::from(vm.cpus.0) <= self.cpu_capacity[host]
            && self.memory[host] + vm.memory_mib.0 <= self.memory_capacity[host]
    }

    fn keeps_apart(&self, host: usize, vm: &Vm) -> bool {
        vm.anti_affinity
            .as_ref()
            .is_some_and(|group| self.groups.get(&(group.as_str(), host)).is_some_and(|n| *n > 0))
    }

    pub(super) fn take(&mut self, host: usize, vm: &'a Vm) {
        self.cpus[host] += u64::from(vm.cpus.0);
        self.memory[host] += vm.memory_mib.0;
        if let Some(group) = &vm.anti_affinity {
            *self.groups.entry((group, host)).or_default() += 1;
        }
    }

    pub(super) fn give_back(&mut self, host: usize, vm: &'a Vm) {
        self.cpus[host] -= u64::from(vm.cpus.0);
        self.memory[host] -= vm.memory_mib.0;
        if let Some(group) = &vm.anti_affinity {
            *self.groups.entry((group, host)).or_insert(1) -= 1;
        }
    }

    /// The load that the host would have with this VM, the higher of CPU and memory.
    pub(super) fn load_with(&self, host: usize, vm: &Vm) -> u64 {
        let cpu = share(self.cpus[host] + u64::from(vm.cpus.0), self.cpu_capacity[host]);
        let memory = share(self.memory[host] + vm.memory_mib.0, self.memory_capacity[host]);
        cpu.max(memory)
    }

    /// The size of a VM beside the largest host.
    pub(super) fn size_of(&self, vm: &Vm) -> u64 {
        let largest = |capacities: &[u64]| capacities.iter().copied().max().unwrap_or(0);
        share(u64::from(vm.cpus.0), largest(&self.cpu_capacity))
            .max(share(vm.memory_mib.0, largest(&self.memory_capacity)))
    }

    pub(super) fn peak_percent(&self) -> u64 {
        (0..self.hosts.len())
            .map(|host| {
                share(self.cpus[host], self.cpu_capacity[host])
                    .max(share(self.memory[host], self.memory_capacity[host]))
            })
            .max()
            .unwrap_or(0)
            / (WHOLE / 100)
    }

    /// What the nearest host lacks that this VM needs.
    pub(super) fn why_none_reaches(&self, request: &Request<'_>, vm: &Vm) -> WhyShed {
        let opened = &request.opens.copies.opened;
        if let Some((volume, room)) = vm.volumes.iter().find_map(|id| opened.get_key_value(id)) {
            return WhyShed::OpenedElsewhere { volume: volume.clone(), room: room.clone() };
        }
        if request.opens.from_copies {
            return WhyShed::NoHost;
        }
        if let Some((volume, room, alone)) = request.opens.old_copy(&self.hosts, vm) {
            let (volume, alone) = (volume.clone(), alone.clone());
            return WhyShed::StaleSide { volume, room, alone };
        }
        let lacks = |host: &Host| {
            let networks = vm.networks.difference(&host.networks).map(|id| format!("network {id}"));
            let volumes = vm.volumes.difference(&host.volumes).map(|id| format!("volume {id}"));
            let devices = vm.devices.difference(&host.devices).map(|id| format!("device {id}"));
            networks.chain(volumes).chain(devices).collect::<Vec<_>>()
        };
        let nearest = self.ids.iter().zip(&self.hosts).map(|(id, host)| (lacks(host), *id));
        match nearest.min_by_key(|(lacks, id)| (lacks.len(), *id)) {
            Some((lacks, host)) => WhyShed::NoneReaches { host: host.clone(), lacks },
            None => WhyShed::NoHost,
        }
    }

    /// What the host with the least lack would need to take this VM.
    pub(super) fn why_no_room(&self, vm: &Vm, reaching: &[usize]) -> WhyShed {
        let lack = |host: usize| {
            let cpus =
                (self.cpus[host] + u64::from(vm.cpus.0)).saturating_sub(self.cpu_capacity[host]);
            let memory =
                (self.memory[host] + vm.memory_mib.0).saturating_sub(self.memory_capacity[host]);
            (cpus, memory)
        };
        let roomy: Vec<usize> =
            reaching.iter().copied().filter(|host| self.has_room(*host, vm)).collect();
        if let (Some(group), false) = (&vm.anti_affinity, roomy.is_empty()) {
            let hosts = roomy.into_iter().map(|host| self.ids[host].clone()).collect();
            return WhyShed::KeptApart { group: group.clone(), hosts };
        }
        let least = reaching.iter().copied().min_by_key(|host| {
            let (cpus, memory) = lack(*host);
            let share = share(cpus, self.cpu_capacity[*host]);
            (share.max(self::share(memory, self.memory_capacity[*host])), *host)
        });
        match least {
            Some(host) => {
                let (cpus, memory) = lack(host);
                WhyShed::NoRoom {
                    host: self.ids[host].clone(),
                    lacks_cpus: CpuCount(u32::try_from(cpus).unwrap_or(u32::MAX)),
                    lacks_memory_mib: MemoryMib(memory),
                }
            }
            None => WhyShed::NoHost,
        }
    }
}

/// In millionths; a host with no capacity is full.
fn share(part: u64, whole: u64) -> u64 {
    match (part, whole) {
        (0, _) => 0,
        (_, 0) => u64::MAX,
        _ => part.saturating_mul(WHOLE) / whole,
    }
}
