//! Estates of any size, drawn from a seed: for benchmarks and property tests. The same recipe gives
//! the same estate on every machine.
//!
//! Two production rooms, with hosts in clusters that span both. A cluster's hosts reach the same
//! volumes, which only they reach; every fifth host has a network and a device that the others
//! lack. Tiers, sizes, groups that are kept apart, wishes and needs of VMs are drawn. Invented
//! throughout: the shares and sizes below follow no hospital.

use std::collections::{BTreeMap, BTreeSet};

use model::estate::{
    Array, Estate, Host, Restarts, Room, RoomRole, Service, StorageLayer, Tier, Vm, VmSource,
    Volume,
};
use model::fence::Rung;
use model::id::{ControllerId, HostId, RoomId, ServiceId, VmId, VolumeId};
use model::product::Product;
use model::units::{CpuCount, MemoryMib, Span};

/// Hosts in a cluster, at most: half of them in each room.
const CLUSTER: usize = 20;

/// Virtual processors, memory in GiB, and how often it is drawn.
const SIZES: [(u32, u64, u64); 8] = [
    (1, 2, 15),
    (1, 4, 20),
    (2, 4, 10),
    (2, 8, 25),
    (4, 8, 5),
    (4, 16, 15),
    (8, 32, 7),
    (8, 64, 3),
];

/// How often each tier is drawn, of a hundred.
const TIERS: [u64; 5] = [5, 20, 35, 30, 10];

/// Services of each tier.
const SERVICES: usize = 6;

/// Virtual processors for each core.
const CPU_RATIO: u32 = 4;

/// Kept for the hypervisor of each host.
const RESERVE_GIB: u64 = 8;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// How many VMs.
    pub vms: usize,
    /// How many hosts, at least two.
    pub hosts: usize,
    /// So much of what all VMs take can be had in one room, in percent: below 100 not all of them
    /// run there; below 50 they do not fit into both rooms either.
    pub fits_percent: u64,
    /// The seed.
    pub seed: u64,
}

impl Recipe {
    /// The estate; each VM has its home where it fits beside the others, as long as all fit.
    pub fn draw(&self) -> Estate {
        let mut dice = Dice(self.seed);
        let mut estate = self.empty();
        let hosts = self.hosts.max(2);
        let clusters = hosts.div_ceil(CLUSTER);
        let names = |cluster: usize| -> Vec<HostId> {
            let of_cluster = (0..hosts).filter(|host| host % clusters == cluster);
            of_cluster.map(|host| HostId(format!("{}{host:04}", room_of(host, clusters)))).collect()
        };
        for number in 0..self.vms {
            let (cpus, gib) = dice.size();
            let tier = dice.tier();
            let service = format!("t{tier}-{}", dice.below(SERVICES as u64));
            let cluster = number % clusters;
            let volume = volume(cluster, dice.below(4));
            let vm = Vm {
                service: service.into(),
                cpus: CpuCount(cpus),
                memory_mib: MemoryMib(gib * 1024),
                networks: BTreeSet::from([if dice.once_in(20) { "dmz" } else { "lan" }.into()]),
                volumes: BTreeSet::from([volume]),
                devices: dice.once_in(100).then(|| "dongle".into()).into_iter().collect(),
                home: HostId::default(),
                prefers: Vec::new(),
                anti_affinity: None,
                after: BTreeSet::new(),
                boot: Span::from_secs(30 + 15 * dice.below(4)),
                source: VmSource::Stub,
            };
            estate.vms.insert(VmId(format!("vm-{number:06}")), vm);
        }
        self.keep_some_apart(&mut estate, &mut dice, clusters);
        for cluster in 0..clusters {
            self.add_hosts(&mut estate, &mut dice, cluster, &names(cluster));
        }
        settle(&mut estate, &mut dice);
        estate
    }

    fn empty(&self) -> Estate {
        let name = format!("{} VMs on {} hosts, seed {}", self.vms, self.hosts, self.seed);
        let mut estate = Estate { name, ..Estate::default() };
        let rooms =
            [("a", RoomRole::Production), ("b", RoomRole::Production), ("c", RoomRole::LastResort)];
        for (number, (id, role)) in rooms.into_iter().enumerate() {
            let controller = ControllerId(number as u64 + 1);
            let room = Room { title: id.into(), role, technology: Product::Twin, controller };
            estate.rooms.insert(RoomId::from(id), room);
        }
        let arrays = vec!["array-a".into(), "array-b".into()];
        estate.arrays.insert("array-a".into(), Array { room: "a".into() });
        estate.arrays.insert("array-b".into(), Array { room: "b".into() });
        let layer = StorageLayer { arrays, quorum: "c".into(), preferred: "a".into() };
        estate.storage_layers.insert("svc".into(), layer);
        for tier in 0..TIERS.len() {
            for number in 0..SERVICES {
                let below = tier.checked_sub(1).map(|tier| format!("t{tier}-{}", number / 2));
                let id = ServiceId(format!("t{tier}-{number}"));
                let service = Service {
                    title: id.as_str().into(),
                    tier: Tier(u8::try_from(tier).unwrap_or(u8::MAX)),
                    rto: Span::from_secs(1800),
                    rpo: Span::ZERO,
                    depends_on: below.into_iter().map(ServiceId).collect(),
                    ..Service::default()
                };
                estate.services.insert(id, service);
            }
        }
        estate
    }

    /// One VM in ten begins a group of two to four, of its own cluster.
    fn keep_some_apart(&self, estate: &mut Estate, dice: &mut Dice, clusters: usize) {
        let smallest_cluster = self.hosts.max(2) / clusters;
        let mut open: BTreeMap<usize, (String, u64)> = BTreeMap::new();
        for (number, vm) in estate.vms.values_mut().enumerate() {
            let cluster = number % clusters;
            let most = 4.min(smallest_cluster as u64 / 2).max(2);
            if let Some((group, left)) = open.remove(&cluster) {
                vm.anti_affinity = Some(group.clone());
                if left > 1 {
                    open.insert(cluster, (group, left - 1));
                }
            } else if dice.once_in(20) {
                let group = format!("g{number}");
                vm.anti_affinity = Some(group.clone());
                open.insert(cluster, (group, 1 + dice.below(most - 1)));
            }
        }
    }

    fn add_hosts(&self, estate: &mut Estate, dice: &mut Dice, cluster: usize, names: &[HostId]) {
        let volumes: BTreeSet<VolumeId> = (0..4).map(|number| volume(cluster, number)).collect();
        let arrays = vec!["array-a".into(), "array-b".into()];
        for id in &volumes {
            let layer = Some("svc".into());
            let volume = Volume { layer, arrays: arrays.clone(), replica: None };
            estate.volumes.insert(id.clone(), volume);
        }
        let here = || estate.vms.values().filter(|vm| vm.volumes.is_subset(&volumes));
        let cpus: u64 = here().map(|vm| u64::from(vm.cpus.0)).sum();
        let mib: u64 = here().map(|vm| vm.memory_mib.0).sum();
        // In every second cluster processors are what there is least of.
        let more = self.fits_percent * 115 / 100;
        let (cpu_percent, memory_percent) = match cluster % 2 {
            0 => (more, self.fits_percent),
            _ => (self.fits_percent, more),
        };
        let in_a_room = (names.len() as u64 / 2).max(1);
        let (cpus, mib) = (cpus * cpu_percent / 100, mib * memory_percent / 100);
        for (number, id) in names.iter().enumerate() {
            // Hosts were not all bought in one year.
            let percent = 90 + 5 * dice.below(5);
            let cores = (cpus * percent / 100).div_ceil(in_a_room * u64::from(CPU_RATIO));
            let gib = (mib * percent / 100).div_ceil(in_a_room * 1024) + RESERVE_GIB;
            let special = number % 5 < 2;
            let mut networks = BTreeSet::from(["lan".into()]);
            if special {
                networks.insert("dmz".into());
            }
            let host = Host {
                room: id.as_str().get(..1).unwrap_or_default().into(),
                cpus: CpuCount(u32::try_from(cores).unwrap_or(u32::MAX)),
                memory_mib: MemoryMib(gib * 1024),
                cpu_ratio_percent: CPU_RATIO * 100,
                memory_reserve_mib: MemoryMib(RESERVE_GIB * 1024),
                networks,
                volumes: volumes.clone(),
                devices: special.then(|| "dongle".into()).into_iter().collect(),
                rungs: BTreeSet::from([Rung::Power, Rung::Storage, Rung::Lease]),
                watchdog: None,
                restarts: Restarts::Bascule,
            };
            estate.hosts.insert(id.clone(), host);
        }
    }
}

/// Gives each VM a home: large ones first, each to the emptiest host that reaches what it needs
/// and runs none of its group.
fn settle(estate: &mut Estate, dice: &mut Dice) {
    let mut order: Vec<VmId> = estate.vms.keys().cloned().collect();
    order.sort_by_cached_key(|id| {
        let memory = estate.vms.get(id).map_or(0, |vm| vm.memory_mib.0);
        (std::cmp::Reverse(memory), id.clone())
    });
    // Who reaches what is asked once for each way of needing.
    let mut reach: BTreeMap<String, Vec<HostId>> = BTreeMap::new();
    let mut taken: BTreeMap<HostId, (u64, u64)> = BTreeMap::new();
    let mut apart: BTreeSet<(String, HostId)> = BTreeSet::new();
    for id in order {
        let Some(vm) = estate.vms.get(&id) else { continue };
        let needs = format!("{:?} {:?} {:?}", vm.networks, vm.volumes, vm.devices);
        let hosts = reach.entry(needs).or_insert_with(|| {
            let reaching = estate.hosts.iter().filter(|(_, host)| estate.reaches(host, vm));
            reaching.map(|(id, _)| id.clone()).collect()
        });
        let load = |id: &HostId| {
            let (cpus, mib) = taken.get(id).copied().unwrap_or_default();
            let (cpus, mib) = (cpus + u64::from(vm.cpus.0), mib + vm.memory_mib.0);
            let host = estate.hosts.get(id);
            let (all_cpus, all_mib) =
                host.map_or((0, 0), |host| (host.cpu_capacity().0, host.memory_capacity().0));
            let share = |part: u64, whole: u64| (part * 1_000_000).checked_div(whole);
            let cpus = share(cpus, u64::from(all_cpus)).unwrap_or(u64::MAX);
            cpus.max(share(mib, all_mib).unwrap_or(u64::MAX))
        };
        let group = vm.anti_affinity.clone();
        let together = |id: &HostId| {
            group.as_ref().is_some_and(|group| apart.contains(&(group.clone(), id.clone())))
        };
        let Some(home) = hosts.iter().min_by_key(|id| (together(id), load(id), *id)).cloned()
        else {
            continue;
        };
        let (cpus, mib) = (u64::from(vm.cpus.0), vm.memory_mib.0);
        let wish = dice.once_in(50).then(|| hosts.get(dice.below(hosts.len() as u64) as usize));
        let wish = wish.flatten().cloned();
        if let Some(group) = group {
            apart.insert((group, home.clone()));
        }
        let load = taken.entry(home.clone()).or_default();
        *load = (load.0 + cpus, load.1 + mib);
        if let Some(vm) = estate.vms.get_mut(&id) {
            vm.home = home;
            vm.prefers.extend(wish);
        }
    }
}

/// Every second host of a cluster stands in room a.
fn room_of(host: usize, clusters: usize) -> char {
    if (host / clusters).is_multiple_of(2) { 'a' } else { 'b' }
}

fn volume(cluster: usize, number: u64) -> VolumeId {
    VolumeId(format!("vol-{cluster}-{number}"))
}

/// Numbers from a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From zero up to, not including, this.
    fn below(&mut self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or(0)
    }

    fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn size(&mut self) -> (u32, u64) {
        let mut at = self.below(SIZES.iter().map(|(_, _, often)| often).sum());
        for (cpus, gib, often) in SIZES {
            match at.checked_sub(often) {
                Some(rest) => at = rest,
                None => return (cpus, gib),
            }
        }
        (1, 2)
    }

    fn tier(&mut self) -> usize {
        let mut at = self.below(TIERS.iter().sum());
        for (tier, often) in TIERS.into_iter().enumerate() {
            match at.checked_sub(often) {
                Some(rest) => at = rest,
                None => return tier,
            }
        }
        0
    }
}
