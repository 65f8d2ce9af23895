//! The estate as numbers: every id is looked up once, and hosts that reach the same are one kind.

use std::collections::{BTreeMap, BTreeSet};

use model::estate::{Estate, Host, Tier, Vm};
use model::id::{DeviceId, HostId, NetworkId, RoomId, ServiceId, VmId, VolumeId};

use crate::copies::Opens;

/// What a VM must reach.
type NeedsKey<'a> = (&'a BTreeSet<NetworkId>, &'a BTreeSet<VolumeId>, &'a BTreeSet<DeviceId>);

/// A VM of the estate.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) id: &'a VmId,
    pub(super) vm: &'a Vm,
    /// The number of its group of VMs that are kept apart.
    pub(super) group: Option<usize>,
    /// The number of the host on which it runs.
    pub(super) on: Option<usize>,
}

/// What some VMs need, and which kinds of host reach it.
#[derive(Debug)]
pub(super) struct Needs<'a> {
    /// One of the VMs that need it.
    pub(super) vm: &'a Vm,
    /// For each kind of host.
    pub(super) reached: Vec<bool>,
}

/// The estate as numbers, and where VMs run in it.
#[derive(Debug)]
pub(crate) struct Ground<'a> {
    pub(super) estate: &'a Estate,
    pub(super) opens: Opens<'a>,
    /// In order of id.
    pub(super) hosts: Vec<(&'a HostId, &'a Host)>,
    /// Hosts of one kind reach the same, and stand in the same room.
    pub(super) kind_of: Vec<usize>,
    /// In order of id.
    pub(super) rows: Vec<Row<'a>>,
    pub(super) groups: usize,
    pub(super) needs: Vec<Needs<'a>>,
    kinds: Vec<&'a Host>,
    numbered: BTreeMap<NeedsKey<'a>, usize>,
    /// Of each service, and whether another that is at least as important depends on it.
    services: BTreeMap<&'a ServiceId, (Tier, bool)>,
}

impl<'a> Ground<'a> {
    pub(crate) fn of(
        estate: &'a Estate,
        runs_on: &BTreeMap<VmId, HostId>,
        opens: Opens<'a>,
    ) -> Self {
        let hosts: Vec<(&HostId, &Host)> = estate.hosts.iter().collect();
        let mut ground = Self {
            estate,
            opens,
            hosts,
            kind_of: Vec::with_capacity(estate.hosts.len()),
            rows: Vec::with_capacity(estate.vms.len()),
            groups: 0,
            needs: Vec::new(),
            kinds: Vec::new(),
            numbered: BTreeMap::new(),
            services: services_of(estate),
        };
        let mut kinds: BTreeMap<(&RoomId, NeedsKey<'_>), usize> = BTreeMap::new();
        for (_, host) in &ground.hosts {
            let key = (&host.room, (&host.networks, &host.volumes, &host.devices));
            let kind = *kinds.entry(key).or_insert(ground.kinds.len());
            if kind == ground.kinds.len() {
                ground.kinds.push(host);
            }
            ground.kind_of.push(kind);
        }
        let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
        // Both are in order of id: walking them side by side saves a look-up for each VM.
        let mut running = runs_on.iter().peekable();
        for (id, vm) in &estate.vms {
            while running.next_if(|(other, _)| *other < id).is_some() {}
            let on = running.next_if(|(other, _)| *other == id);
            let on = on.and_then(|(_, host)| ground.host_number(host));
            let group = vm.anti_affinity.as_deref().map(|group| {
                let next = groups.len();
                *groups.entry(group).or_insert(next)
            });
            ground.rows.push(Row { id, vm, group, on });
        }
        ground.groups = groups.len();
        ground
    }

    pub(crate) fn host_number(&self, id: &HostId) -> Option<usize> {
        self.hosts.binary_search_by_key(&id, |(id, _)| id).ok()
    }

    /// Which hosts are in this set.
    pub(crate) fn usable(&self, hosts: &BTreeSet<HostId>) -> Vec<bool> {
        self.hosts.iter().map(|(id, _)| hosts.contains(*id)).collect()
    }

    /// The numbers of these VMs, and those that the estate does not have.
    pub(super) fn numbers<'v>(&self, vms: &'v BTreeSet<VmId>) -> (Vec<usize>, Vec<&'v VmId>) {
        let (mut known, mut unknown) = (Vec::with_capacity(vms.len()), Vec::new());
        // A few among many are looked up; else both are walked side by side.
        if vms.len() * 8 < self.rows.len() {
            for id in vms {
                match self.rows.binary_search_by_key(&id, |row| row.id) {
                    Ok(row) => known.push(row),
                    Err(_) => unknown.push(id),
                }
            }
            return (known, unknown);
        }
        let mut rows = self.rows.iter().enumerate().peekable();
        for id in vms {
            while rows.next_if(|(_, row)| row.id < id).is_some() {}
            match rows.next_if(|(_, row)| row.id == id) {
                Some((row, _)) => known.push(row),
                None => unknown.push(id),
            }
        }
        (known, unknown)
    }

    /// The VMs that run on one of these hosts.
    pub(crate) fn running_on(&self, gone: &[bool]) -> Vec<usize> {
        let on_one = |row: &Row<'_>| row.on.is_some_and(|host| gone[host]);
        (0..self.rows.len()).filter(|row| on_one(&self.rows[*row])).collect()
    }

    /// Its tier, and whether others of its tier or of a higher one depend on it.
    pub(super) fn tier_of(&self, row: usize) -> (Tier, bool) {
        let service = &self.rows[row].vm.service;
        self.services.get(service).copied().unwrap_or((Tier(u8::MAX), false))
    }

    /// The number of what this VM needs. Hundreds of VMs need the same networks and volumes: who
    /// reaches them is asked once.
    pub(super) fn needs_of(&mut self, row: usize) -> usize {
        let vm = self.rows[row].vm;
        let next = self.needs.len();
        let number = *self.numbered.entry((&vm.networks, &vm.volumes, &vm.devices)).or_insert(next);
        if number == next {
            let reaches = |host: &&Host| self.opens.reaches(self.estate, host, vm);
            let reached = self.kinds.iter().map(reaches).collect();
            self.needs.push(Needs { vm, reached });
        }
        number
    }
}

fn services_of(estate: &Estate) -> BTreeMap<&ServiceId, (Tier, bool)> {
    let mut services: BTreeMap<&ServiceId, (Tier, bool)> =
        estate.services.iter().map(|(id, service)| (id, (service.tier, false))).collect();
    for service in estate.services.values() {
        for needed in &service.depends_on {
            if let Some((tier, carries)) = services.get_mut(needed) {
                *carries |= service.tier <= *tier;
            }
        }
    }
    services
}
