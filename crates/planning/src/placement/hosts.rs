//! What is taken of each host so far.

use super::candidates::Candidate;
use super::ground::Ground;

/// Loads are shown in millionths of a host's capacity.
const WHOLE: u64 = 1_000_000;

/// Loads are compared as multiples of a host's capacity over two to this power: a division for
/// each host, not for each comparison.
const INVERSE_BITS: u32 = 40;

/// What a VM takes of a host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Size {
    pub(super) cpus: u64,
    pub(super) memory: u64,
}

/// The hosts, by number, and what is taken of them.
#[derive(Clone, Debug)]
pub(super) struct Hosts {
    /// The candidates that sit on each host.
    pub(super) seated: Vec<Vec<usize>>,
    /// Those that may take VMs.
    pub(super) usable: Vec<bool>,
    pub(super) taken: Vec<Size>,
    pub(super) capacity: Vec<Size>,
    inverse: Vec<Size>,
    /// What candidates of a lower tier than the one at hand take of each host.
    below: Vec<Size>,
    /// A bit for each group and host: a member sits there.
    groups: Vec<u64>,
    words: usize,
}

impl Hosts {
    /// With what runs on them and is not to be placed.
    pub(super) fn of(ground: &Ground<'_>, usable: &[bool], asked: &[bool]) -> Self {
        let capacity: Vec<Size> = ground
            .hosts
            .iter()
            .map(|(_, host)| Size {
                cpus: u64::from(host.cpu_capacity().0),
                memory: host.memory_capacity().0,
            })
            .collect();
        let inverse = |part: u64| (1_u64 << INVERSE_BITS).checked_div(part).unwrap_or(u64::MAX);
        let count = capacity.len();
        let words = count.div_ceil(64);
        let mut hosts = Self {
            seated: vec![Vec::new(); count],
            usable: usable.to_vec(),
            taken: vec![Size::default(); count],
            inverse: capacity
                .iter()
                .map(|one| Size { cpus: inverse(one.cpus), memory: inverse(one.memory) })
                .collect(),
            capacity,
            below: vec![Size::default(); count],
            groups: vec![0; ground.groups * words],
            words,
        };
        for (row, asked) in ground.rows.iter().zip(asked) {
            if let (Some(host), false) = (row.on.filter(|host| usable[*host]), asked) {
                hosts.taken[host].cpus += u64::from(row.vm.cpus.0);
                hosts.taken[host].memory += row.vm.memory_mib.0;
                if let Some(group) = row.group {
                    hosts.groups[group * words + host / 64] |= 1 << (host % 64);
                }
            }
        }
        hosts
    }

    /// Whether it fits there, and no member of its group is there.
    pub(super) fn takes(&self, host: usize, one: &Candidate) -> bool {
        self.has_room(host, one.size) && !self.keeps_apart(host, one)
    }

    /// The same if no VM of a lower tier were there.
    pub(super) fn takes_without_lower(&self, host: usize, size: Size) -> bool {
        let (taken, below) = (self.taken[host], self.below[host]);
        taken.cpus + size.cpus <= self.capacity[host].cpus + below.cpus
            && taken.memory + size.memory <= self.capacity[host].memory + below.memory
    }

    pub(super) fn has_room(&self, host: usize, size: Size) -> bool {
        self.taken[host].cpus + size.cpus <= self.capacity[host].cpus
            && self.taken[host].memory + size.memory <= self.capacity[host].memory
    }

    /// Whether it would fit in place of what takes `instead`.
    pub(super) fn has_room_instead(&self, host: usize, size: Size, instead: Size) -> bool {
        self.taken[host].cpus + size.cpus <= self.capacity[host].cpus + instead.cpus
            && self.taken[host].memory + size.memory <= self.capacity[host].memory + instead.memory
    }

    /// The same if, beside, no VM of a lower tier were there.
    pub(super) fn has_room_instead_without_lower(
        &self,
        host: usize,
        size: Size,
        instead: Size,
    ) -> bool {
        let below = self.below[host];
        let instead =
            Size { cpus: instead.cpus + below.cpus, memory: instead.memory + below.memory };
        self.has_room_instead(host, size, instead)
    }

    pub(super) fn keeps_apart(&self, host: usize, one: &Candidate) -> bool {
        one.group.is_some_and(|group| self.holds_group(host, group))
    }

    pub(super) fn holds_group(&self, host: usize, group: usize) -> bool {
        self.groups[group * self.words + host / 64] >> (host % 64) & 1 == 1
    }

    pub(super) fn seat(&mut self, host: usize, index: usize, one: &Candidate) {
        self.taken[host].cpus += one.size.cpus;
        self.taken[host].memory += one.size.memory;
        if let Some(group) = one.group {
            self.groups[group * self.words + host / 64] |= 1 << (host % 64);
        }
        self.seated[host].push(index);
    }

    pub(super) fn unseat(&mut self, host: usize, index: usize, one: &Candidate) {
        self.taken[host].cpus -= one.size.cpus;
        self.taken[host].memory -= one.size.memory;
        if let Some(group) = one.group {
            self.groups[group * self.words + host / 64] &= !(1 << (host % 64));
        }
        if let Some(at) = self.seated[host].iter().rposition(|other| *other == index) {
            self.seated[host].swap_remove(at);
        }
    }

    pub(super) fn clear_below(&mut self) {
        self.below.fill(Size::default());
    }

    pub(super) fn add_below(&mut self, host: usize, size: Size) {
        self.below[host].cpus += size.cpus;
        self.below[host].memory += size.memory;
    }

    pub(super) fn take_below(&mut self, host: usize, size: Size) {
        self.below[host].cpus -= size.cpus;
        self.below[host].memory -= size.memory;
    }

    /// The load that the host would have with this VM, the higher of CPU and memory.
    pub(super) fn load_with(&self, host: usize, size: Size) -> u64 {
        let (taken, inverse) = (self.taken[host], self.inverse[host]);
        let cpus = (taken.cpus + size.cpus).saturating_mul(inverse.cpus);
        cpus.max((taken.memory + size.memory).saturating_mul(inverse.memory))
    }

    /// The load without a VM that sits there.
    pub(super) fn load_without(&self, host: usize, size: Size) -> u64 {
        let (taken, inverse) = (self.taken[host], self.inverse[host]);
        let cpus = taken.cpus.saturating_sub(size.cpus).saturating_mul(inverse.cpus);
        cpus.max(taken.memory.saturating_sub(size.memory).saturating_mul(inverse.memory))
    }

    /// What a VM adds to the load of that host.
    pub(super) fn load_of(&self, host: usize, size: Size) -> u64 {
        let inverse = self.inverse[host];
        size.cpus.saturating_mul(inverse.cpus).max(size.memory.saturating_mul(inverse.memory))
    }

    /// What is free of a host.
    pub(super) fn free(&self, host: usize) -> Size {
        Size {
            cpus: self.capacity[host].cpus.saturating_sub(self.taken[host].cpus),
            memory: self.capacity[host].memory.saturating_sub(self.taken[host].memory),
        }
    }

    pub(super) fn all_usable(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.usable.len()).filter(|host| self.usable[*host])
    }

    pub(super) fn peak_percent(&self) -> u64 {
        let load = |host: usize| {
            let (taken, capacity) = (self.taken[host], self.capacity[host]);
            share(taken.cpus, capacity.cpus).max(share(taken.memory, capacity.memory))
        };
        self.all_usable().map(load).max().unwrap_or(0) / (WHOLE / 100)
    }
}

/// In millionths; a host with no capacity is full.
pub(super) fn share(part: u64, whole: u64) -> u64 {
    match (part, whole) {
        (0, _) => 0,
        (_, 0) => u64::MAX,
        _ => part.saturating_mul(WHOLE) / whole,
    }
}
