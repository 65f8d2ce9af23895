//! Who must promise when a host can get no lease: every host whose agent could take its VMs, or
//! the guardian beside every controller.

use std::collections::{BTreeMap, BTreeSet};

use lease::guardian::GuardianSet;
use lease::holder::PromiseSet;
use model::id::HostId;
use state_machine::{State, could_take};

/// The sets of an estate, worked out once for each estate.
#[derive(Clone, Debug, Default)]
pub(crate) struct PromiseSets {
    of_estate: String,
    could_take: BTreeMap<HostId, BTreeSet<HostId>>,
}

impl PromiseSets {
    /// Works them out again when another estate is pinned.
    pub(crate) fn refresh(&mut self, state: &State) {
        let Some(pinned) = &state.estate else { return };
        if self.of_estate != pinned.hash {
            self.of_estate.clone_from(&pinned.hash);
            self.could_take = could_take(&pinned.value);
        }
    }

    /// The set of a host as the state is now. Hosts whose fence is proved are not asked.
    pub(crate) fn set_of(&self, state: &State, host: &HostId) -> PromiseSet {
        let of = self.could_take.get(host).cloned().unwrap_or_default();
        let fenced: BTreeSet<HostId> = of
            .iter()
            .filter(|id| {
                let order = state.hosts.get(*id).and_then(|record| record.fence.as_ref());
                order.is_some_and(|order| order.is_proved())
            })
            .cloned()
            .collect();
        let guardians = GuardianSet::new(state.members.keys().copied());
        PromiseSet { number: number(&of, &fenced, &guardians), of, fenced, guardians }
    }
}

/// The number of a set is made from what is in it (FNV-1a), so that a new leader gives the same
/// set the same number. Never 0, which stands for no set.
fn number(of: &BTreeSet<HostId>, fenced: &BTreeSet<HostId>, guardians: &GuardianSet) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut eat = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    for (mark, hosts) in [(1, of), (2, fenced)] {
        for host in hosts {
            eat(mark);
            host.as_str().bytes().for_each(&mut eat);
            eat(0);
        }
    }
    for guardian in &guardians.of {
        eat(3);
        guardian.0.to_be_bytes().into_iter().for_each(&mut eat);
    }
    hash.max(1)
}
