//! The VMs that can be placed, in the order in which they are.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use model::estate::Tier;
use model::id::VolumeId;

use super::ground::Ground;
use super::hosts::{Size, share};
use super::reasons::why_none_reaches;
use super::{ShedVm, WhyShed};

/// A VM that at least one host reaches.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Its number in the ground.
    pub(super) row: usize,
    pub(super) tier: Tier,
    /// Others of its tier or of a higher one depend on it.
    pub(super) carries: bool,
    pub(super) size: Size,
    /// The number of what it needs: an index of [`Candidates::reach`].
    pub(super) needs: usize,
    pub(super) group: Option<usize>,
    /// The host on which it runs, if that host may take VMs.
    pub(super) on: Option<usize>,
    /// The same, if that host also reaches all that it needs.
    pub(super) stays: Option<usize>,
    /// Hosts that it prefers and its home, as far as they reach all that it needs; best first.
    pub(super) wishes: Vec<usize>,
    /// VMs of one class are alike in all but where they run and what they prefer.
    pub(super) class: usize,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Candidates {
    /// By tier; within a tier those on which others depend first, then those that few hosts
    /// reach, then the large ones.
    pub(super) all: Vec<Candidate>,
    /// The hosts that reach what is needed, by its number, in order of id.
    pub(super) reach: Vec<Vec<usize>>,
    pub(super) classes: usize,
    /// How many were asked for in each tier, those that nothing could place included.
    pub(super) asked: BTreeMap<Tier, usize>,
}

impl Candidates {
    /// Those of these VMs, and the others with why.
    pub(super) fn of(
        ground: &mut Ground<'_>,
        rows: &[usize],
        usable: &[bool],
        volumes_gone: &BTreeSet<VolumeId>,
    ) -> (Self, Vec<(Tier, ShedVm)>) {
        let mut shed = Vec::new();
        let mut found = Self {
            all: Vec::with_capacity(rows.len()),
            reach: Vec::new(),
            classes: 0,
            asked: BTreeMap::new(),
        };
        // Per needs: whether it was looked at, and the volumes that are gone.
        let mut gone: Vec<Option<Vec<VolumeId>>> = Vec::new();
        for row in rows.iter().copied() {
            let (tier, carries) = ground.tier_of(row);
            *found.asked.entry(tier).or_default() += 1;
            let needs = ground.needs_of(row);
            if needs >= gone.len() {
                gone.resize(needs + 1, None);
                found.reach.resize(needs + 1, Vec::new());
            }
            let vm = ground.rows[row].vm;
            let lost = gone[needs].get_or_insert_with(|| {
                let reached = &ground.needs[needs].reached;
                let reaches = |host: &usize| usable[*host] && reached[ground.kind_of[*host]];
                found.reach[needs] = (0..usable.len()).filter(reaches).collect();
                vm.volumes.intersection(volumes_gone).cloned().collect()
            });
            let id = ground.rows[row].id;
            let mut refuse = |why| shed.push((tier, ShedVm { vm: id.clone(), why }));
            if !lost.is_empty() {
                refuse(WhyShed::NoCopyLeft { volumes: lost.clone() });
                continue;
            }
            if found.reach[needs].is_empty() {
                refuse(why_none_reaches(ground, usable, ground.needs[needs].vm));
                continue;
            }
            let here = &ground.rows[row];
            let on = here.on.filter(|host| usable[*host]);
            let reaches =
                |host: &usize| usable[*host] && ground.needs[needs].reached[ground.kind_of[*host]];
            let wishes = wishes_of(ground, row).filter(reaches).collect();
            found.all.push(Candidate {
                row,
                tier,
                carries,
                size: Size { cpus: u64::from(vm.cpus.0), memory: vm.memory_mib.0 },
                needs,
                group: here.group,
                on,
                stays: on.filter(reaches),
                wishes,
                class: 0,
            });
        }
        found.sort(ground, usable);
        (found, shed)
    }

    fn sort(&mut self, ground: &Ground<'_>, usable: &[bool]) {
        let mut largest = Size::default();
        for ((_, host), _) in ground.hosts.iter().zip(usable).filter(|(_, usable)| **usable) {
            largest.cpus = largest.cpus.max(u64::from(host.cpu_capacity().0));
            largest.memory = largest.memory.max(host.memory_capacity().0);
        }
        let by_size =
            |size: Size| share(size.cpus, largest.cpus).max(share(size.memory, largest.memory));
        let reach = &self.reach;
        self.all.sort_by_cached_key(|one| {
            (one.tier, !one.carries, reach[one.needs].len(), Reverse(by_size(one.size)), one.row)
        });
        let mut classes = BTreeMap::new();
        for one in &mut self.all {
            let next = classes.len();
            let alike = (one.tier, one.carries, one.size, one.needs, one.group);
            one.class = *classes.entry(alike).or_insert(next);
        }
        self.classes = classes.len();
    }

    /// The hosts that reach all that it needs.
    pub(super) fn reach_of(&self, one: &Candidate) -> &[usize] {
        &self.reach[one.needs]
    }

    /// The numbers of each tier's candidates, most important tier first.
    pub(super) fn tiers(&self) -> Vec<(Tier, std::ops::Range<usize>)> {
        let mut tiers: Vec<(Tier, std::ops::Range<usize>)> = Vec::new();
        for (index, one) in self.all.iter().enumerate() {
            match tiers.last_mut() {
                Some((tier, range)) if *tier == one.tier => range.end = index + 1,
                _ => tiers.push((one.tier, index..index + 1)),
            }
        }
        tiers
    }
}

/// The hosts that it prefers, then its home unless it runs there: that is asked first anyway, and
/// needs no look-up.
fn wishes_of<'g>(ground: &'g Ground<'_>, row: usize) -> impl Iterator<Item = usize> + 'g {
    let here = &ground.rows[row];
    let at_home = here.on.is_some_and(|host| *ground.hosts[host].0 == here.vm.home);
    let home = (!at_home).then_some(&here.vm.home);
    here.vm.prefers.iter().chain(home).filter_map(|host| ground.host_number(host))
}
