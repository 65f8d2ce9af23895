//! Who could take a host's VMs: the hosts whose promises keep it alive when it can get no lease.

use std::collections::{BTreeMap, BTreeSet};

use model::estate::{Estate, Vm};
use model::id::{HostId, RoomId};

use crate::state::{FenceOrder, State};

impl State {
    /// Whether `host` asks `by` for promises whichever set it may have in force, as far as the
    /// log knows. Where not, a withholding of `by` may stop nothing: the leader must have seen a
    /// newer set confirmed before it counts one.
    pub fn surely_asks(&self, host: &HostId, by: &HostId) -> bool {
        let asked_by_all = self.hosts.get(by).is_some_and(|by| !by.perhaps_not_asked);
        let asked_here =
            self.hosts.get(host).is_none_or(|of| !of.perhaps_does_not_ask.contains(by));
        asked_by_all && asked_here
    }

    /// Per host: the hosts of a room whose withholding stops it for sure, because they could take
    /// its VMs, it asks them whichever set it has in force, and none of its sets names them as
    /// fenced.
    pub fn surely_asked_in(&self, room: &RoomId) -> BTreeMap<HostId, BTreeSet<HostId>> {
        let Some(estate) = self.estate.as_ref().map(|pinned| &pinned.value) else {
            return BTreeMap::new();
        };
        let fenced = |by: &HostId| {
            let order = self.hosts.get(by).and_then(|record| record.fence.as_ref());
            order.is_some_and(FenceOrder::is_proved)
        };
        let mut asked = could_take(estate);
        for (host, takers) in &mut asked {
            takers.retain(|by| {
                estate.hosts.get(by).is_some_and(|by| by.room == *room)
                    && self.surely_asks(host, by)
                    && !fenced(by)
            });
        }
        asked
    }
}

/// Another estate is loaded: who joins the takers of a host that was there before may be missing
/// in the set that this host has in force, and stays so until a leader has seen it confirm a
/// newer one.
pub(crate) fn note_those_who_join(state: &mut State, estate: &Estate) {
    let Some(before) = state.estate.as_ref().map(|pinned| could_take(&pinned.value)) else {
        return;
    };
    for (host, now) in could_take(estate) {
        let (Some(before), Some(record)) = (before.get(&host), state.hosts.get_mut(&host)) else {
            continue;
        };
        record.perhaps_does_not_ask.retain(|by| now.contains(by));
        record.perhaps_does_not_ask.extend(now.difference(before).cloned());
    }
}

/// For each host, the others that reach all that some VM needs which it reaches itself, or could
/// start it from copies in their room.
pub fn could_take(estate: &Estate) -> BTreeMap<HostId, BTreeSet<HostId>> {
    let mut sets: BTreeMap<HostId, BTreeSet<HostId>> =
        estate.hosts.keys().map(|host| (host.clone(), BTreeSet::new())).collect();
    // VMs that need the same are the same question.
    let mut needs: BTreeMap<_, &Vm> = BTreeMap::new();
    for vm in estate.vms.values() {
        needs.entry((&vm.networks, &vm.volumes, &vm.devices)).or_insert(vm);
    }
    for vm in needs.values() {
        let able: Vec<&HostId> = estate
            .hosts
            .iter()
            .filter(|(_, host)| estate.reaches(host, vm) || estate.reaches_copies(host, vm))
            .map(|(id, _)| id)
            .collect();
        for host in &able {
            if let Some(set) = sets.get_mut(*host) {
                set.extend(able.iter().filter(|other| *other != host).map(|h| (*h).clone()));
            }
        }
    }
    sets
}
