//! What an estate amounts to: counts, capacity per room, what fits when a room is gone.

mod surroundings;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::takers::Takers;
use super::{Estate, Host, LinkKind, RoomRole, Vm};
use crate::id::{HostId, LinkId, RoomId, ServiceId, VmId};
use crate::product::Product;
use crate::text::Text;
use crate::units::{CpuCount, MemoryMib, Span};

pub use surroundings::{DataTierSummary, FeedSummary, SensorSummary};

/// How much is needed, how much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance<T> {
    /// Needed.
    pub needed: T,
    /// There.
    pub capacity: T,
}

/// An estate in figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The estate's name.
    pub name: String,
    /// How many of each.
    pub counts: Counts,
    /// Each room, with every VM at home.
    pub rooms: Vec<RoomSummary>,
    /// Links between rooms.
    pub links: Vec<LinkSummary>,
    /// Services, most important first.
    pub services: Vec<ServiceSummary>,
    /// What the loss of each production room means.
    pub losses: Vec<Loss>,
    /// Power feeds, and what is dark without each.
    pub power_feeds: Vec<FeedSummary>,
    /// Sensors of rooms.
    pub sensors: Vec<SensorSummary>,
    /// Data tiers, in the order in which they are restored.
    pub data_tiers: Vec<DataTierSummary>,
}

/// How many of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Rooms.
    pub rooms: usize,
    /// Hosts.
    pub hosts: usize,
    /// VMs.
    pub vms: usize,
    /// Services.
    pub services: usize,
    /// Arrays.
    pub arrays: usize,
    /// Volumes.
    pub volumes: usize,
    /// Of these, stretched over two rooms.
    pub stretched_volumes: usize,
    /// Links.
    pub links: usize,
    /// Hosts with an armed watchdog.
    pub armed_hosts: usize,
}

/// A room in figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomSummary {
    /// Which.
    pub room: RoomId,
    /// Its name.
    pub title: Text,
    /// What it is for.
    pub role: RoomRole,
    /// The product of its hosts.
    pub technology: Product,
    /// Its hosts.
    pub hosts: Vec<HostId>,
    /// VMs at home in it.
    pub vms: usize,
    /// Virtual processors of the VMs at home in it, and what its hosts give.
    pub cpus: Balance<CpuCount>,
    /// Memory of the VMs at home in it, and what its hosts give.
    pub memory: Balance<MemoryMib>,
}

/// A link in figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkSummary {
    /// Which.
    pub link: LinkId,
    /// What it carries.
    pub kind: LinkKind,
    /// Its ends.
    pub between: Vec<RoomId>,
    /// How many paths.
    pub paths: usize,
}

/// A service in figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceSummary {
    /// Which.
    pub service: ServiceId,
    /// Its name.
    pub title: Text,
    /// Its importance.
    pub tier: u8,
    /// How many VMs.
    pub vms: usize,
    /// Its recovery time objective.
    pub rto: Span,
    /// Services that it depends on.
    pub depends_on: Vec<ServiceId>,
    /// Whether users' experience of it is probed.
    pub probed: bool,
}

/// What the loss of a production room means, by sums alone: the planner proves the placement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// The room that is gone.
    pub room: RoomId,
    /// Whether, by sums, production fits on what is left.
    pub fits: bool,
    /// Virtual processors needed by production, and what the hosts left that can take it give.
    pub cpus: Balance<CpuCount>,
    /// Memory needed by production, and what the hosts left that can take it give.
    pub memory: Balance<MemoryMib>,
    /// VMs that no host left can take, whatever its load.
    pub stranded: Vec<VmId>,
    /// The largest set of hosts that has to take more than it gives.
    pub shortage: Option<Shortage>,
}

/// Hosts that have to take more than they give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortage {
    /// The hosts.
    pub hosts: Vec<HostId>,
    /// How many VMs can run on these alone.
    pub vms: usize,
    /// Virtual processors that these VMs need and that the hosts give.
    pub cpus: Balance<CpuCount>,
    /// Memory that these VMs need and that the hosts give.
    pub memory: Balance<MemoryMib>,
}

#[derive(Default, Clone, Copy)]
struct Load {
    vms: usize,
    cpus: CpuCount,
    memory: MemoryMib,
}

impl Load {
    fn add(&mut self, other: Self) {
        self.vms += other.vms;
        self.cpus += other.cpus;
        self.memory += other.memory;
    }

    fn of(vm: &Vm) -> Self {
        Self { vms: 1, cpus: vm.cpus, memory: vm.memory_mib }
    }
}

/// What the loss of each production room means.
pub(super) fn losses(estate: &Estate, takers: &Takers<'_>) -> Vec<Loss> {
    let production = |room: &RoomId| {
        estate.rooms.get(room).is_some_and(|room| room.role == RoomRole::Production)
    };
    let rooms = estate.rooms.keys().filter(|room| production(room));
    rooms.map(|gone| loss(estate, takers, gone, production)).collect()
}

fn loss(
    estate: &Estate,
    takers: &Takers<'_>,
    gone: &RoomId,
    production: impl Fn(&RoomId) -> bool,
) -> Loss {
    let left = |id: &HostId| estate.hosts.get(id).is_some_and(|host| host.room != *gone);
    let mut stranded = Vec::new();
    // VMs by the set of hosts that could take them.
    let mut groups: BTreeMap<BTreeSet<&HostId>, Load> = BTreeMap::new();
    for (id, vm) in &estate.vms {
        if !estate.hosts.get(&vm.home).is_some_and(|home| production(&home.room)) {
            continue;
        }
        let takers: BTreeSet<&HostId> =
            takers.for_vm(id).iter().copied().filter(|host| left(host)).collect();
        if takers.is_empty() {
            stranded.push(id.clone());
        } else {
            groups.entry(takers).or_default().add(Load::of(vm));
        }
    }
    let all: BTreeSet<&HostId> = groups.keys().flatten().copied().collect();
    let whole = shortage(estate, &groups, &all);
    let short =
        |s: &Shortage| s.cpus.needed > s.cpus.capacity || s.memory.needed > s.memory.capacity;
    let mut sets: Vec<&BTreeSet<&HostId>> = groups.keys().collect();
    sets.push(&all);
    sets.sort_by_key(|set| std::cmp::Reverse(set.len()));
    let worst = sets.into_iter().map(|set| shortage(estate, &groups, set)).find(short);
    Loss {
        room: gone.clone(),
        fits: worst.is_none() && stranded.is_empty(),
        cpus: whole.cpus,
        memory: whole.memory,
        stranded,
        shortage: worst,
    }
}

/// What VMs that can run on these hosts alone need, and what the hosts give.
fn shortage(
    estate: &Estate,
    groups: &BTreeMap<BTreeSet<&HostId>, Load>,
    hosts: &BTreeSet<&HostId>,
) -> Shortage {
    let mut load = Load::default();
    for (_, part) in groups.iter().filter(|(takers, _)| takers.is_subset(hosts)) {
        load.add(*part);
    }
    let give = || hosts.iter().filter_map(|id| estate.hosts.get(*id));
    Shortage {
        hosts: hosts.iter().map(|id| (*id).clone()).collect(),
        vms: load.vms,
        cpus: Balance { needed: load.cpus, capacity: give().map(Host::cpu_capacity).sum() },
        memory: Balance { needed: load.memory, capacity: give().map(Host::memory_capacity).sum() },
    }
}

impl Estate {
    /// The estate in figures.
    pub fn summary(&self) -> Summary {
        let armed = |host: &&Host| host.watchdog.is_some_and(|watchdog| watchdog.armed);
        let mut services: Vec<ServiceSummary> = self
            .services
            .iter()
            .map(|(id, service)| ServiceSummary {
                service: id.clone(),
                title: service.title.clone(),
                tier: service.tier.0,
                vms: self.vms_of(id).count(),
                rto: service.rto,
                depends_on: service.depends_on.iter().cloned().collect(),
                probed: service.probe.is_some(),
            })
            .collect();
        services.sort_by_key(|service| service.tier);
        Summary {
            name: self.name.clone(),
            counts: Counts {
                rooms: self.rooms.len(),
                hosts: self.hosts.len(),
                vms: self.vms.len(),
                services: self.services.len(),
                arrays: self.arrays.len(),
                volumes: self.volumes.len(),
                stretched_volumes: self.volumes.values().filter(|v| v.layer.is_some()).count(),
                links: self.links.len(),
                armed_hosts: self.hosts.values().filter(armed).count(),
            },
            rooms: self.rooms.keys().filter_map(|room| self.room_summary(room)).collect(),
            links: self
                .links
                .iter()
                .map(|(id, link)| LinkSummary {
                    link: id.clone(),
                    kind: link.kind,
                    between: link.between.iter().cloned().collect(),
                    paths: link.paths.len(),
                })
                .collect(),
            services,
            losses: losses(self, &Takers::of(self)),
            power_feeds: surroundings::feeds(self),
            sensors: surroundings::sensors(self),
            data_tiers: surroundings::data_tiers(self),
        }
    }

    fn room_summary(&self, id: &RoomId) -> Option<RoomSummary> {
        let room = self.rooms.get(id)?;
        let mut load = Load::default();
        for vm in self.vms.values() {
            if self.hosts.get(&vm.home).is_some_and(|home| home.room == *id) {
                load.add(Load::of(vm));
            }
        }
        let give = || self.hosts_in(id).map(|(_, host)| host);
        Some(RoomSummary {
            room: id.clone(),
            title: room.title.clone(),
            role: room.role,
            technology: room.technology,
            hosts: self.hosts_in(id).map(|(id, _)| id.clone()).collect(),
            vms: load.vms,
            cpus: Balance { needed: load.cpus, capacity: give().map(Host::cpu_capacity).sum() },
            memory: Balance {
                needed: load.memory,
                capacity: give().map(Host::memory_capacity).sum(),
            },
        })
    }
}
