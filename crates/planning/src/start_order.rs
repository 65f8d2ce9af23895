//! Which VM waits for which, and in which order they start. Edges per VM, no tier barriers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::estate::{Estate, Tier};
use model::id::{ServiceId, VmId};

/// The order in which a set of VMs starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StartOrder {
    /// Every VM of the set, each after those that it waits for; of those that could come next,
    /// the lowest tier first, then by id.
    pub order: Vec<VmId>,
    /// What each VM waits for, within the set. A VM that waits for nothing is absent.
    pub after: BTreeMap<VmId, Arc<BTreeSet<VmId>>>,
}

/// Why there is no order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartOrderError {
    /// Services that depend on each other.
    #[error("services depend on each other, so none could start first: {}; remove one of these dependencies", ring(.cycle))]
    ServiceCycle {
        /// In order; the last depends on the first.
        cycle: Vec<ServiceId>,
    },
    /// VMs that wait for each other.
    #[error("VMs wait for each other, so none could start first: {}; remove one `after` or dependency", ring(.cycle))]
    VmCycle {
        /// In order; the last waits for the first.
        cycle: Vec<VmId>,
    },
}

fn ring<T: std::fmt::Display>(cycle: &[T]) -> String {
    cycle.iter().chain(cycle.first()).map(ToString::to_string).collect::<Vec<_>>().join(" -> ")
}

/// The order in which these VMs start. A VM waits for every VM of the services that its own
/// depends on, and for its own `after`, as far as they are in the set. A service with no VM in
/// the set is looked through: what it depends on counts instead.
pub fn start_order(estate: &Estate, vms: &BTreeSet<VmId>) -> Result<StartOrder, StartOrderError> {
    let after = edges(estate, vms)?;
    let order = sort(estate, vms, &after)?;
    Ok(StartOrder { order, after })
}

fn edges(
    estate: &Estate,
    vms: &BTreeSet<VmId>,
) -> Result<BTreeMap<VmId, Arc<BTreeSet<VmId>>>, StartOrderError> {
    let mut members: BTreeMap<&ServiceId, Vec<&VmId>> = BTreeMap::new();
    for id in vms {
        if let Some(vm) = estate.vms.get(id) {
            members.entry(&vm.service).or_default().push(id);
        }
    }
    let mut reach = Reach { estate, members: &members, known: BTreeMap::new(), path: Vec::new() };
    let mut after: BTreeMap<VmId, Arc<BTreeSet<VmId>>> = BTreeMap::new();
    for (service, own) in &members {
        // All the VMs of a service wait for the same, but for their own `after`: it is kept once.
        let waits_for: Arc<BTreeSet<VmId>> = Arc::new(
            reach
                .nearest(service)?
                .into_iter()
                .filter_map(|other| members.get(other))
                .flatten()
                .map(|other| (*other).clone())
                .collect(),
        );
        for id in own {
            let mut edges = waits_for.clone();
            let own = estate.vms.get(*id).into_iter().flat_map(|vm| &vm.after);
            let mut own = own.filter(|other| vms.contains(*other)).peekable();
            if own.peek().is_some() {
                Arc::make_mut(&mut edges).extend(own.cloned());
            }
            if !edges.is_empty() {
                after.insert((*id).clone(), edges);
            }
        }
    }
    Ok(after)
}

/// The services, with VMs in the set, that a service waits for.
struct Reach<'a> {
    estate: &'a Estate,
    members: &'a BTreeMap<&'a ServiceId, Vec<&'a VmId>>,
    /// All services with members that are reached, however far.
    known: BTreeMap<&'a ServiceId, BTreeSet<&'a ServiceId>>,
    path: Vec<&'a ServiceId>,
}

impl<'a> Reach<'a> {
    /// The nearest ones: a service that another of them waits for anyway is left out, because it
    /// adds edges and no order.
    fn nearest(
        &mut self,
        service: &'a ServiceId,
    ) -> Result<BTreeSet<&'a ServiceId>, StartOrderError> {
        let all = self.all(service)?;
        let mut implied = BTreeSet::new();
        for other in &all {
            implied.extend(self.all(other)?);
        }
        Ok(all.difference(&implied).copied().collect())
    }

    fn all(&mut self, service: &'a ServiceId) -> Result<BTreeSet<&'a ServiceId>, StartOrderError> {
        if let Some(known) = self.known.get(service) {
            return Ok(known.clone());
        }
        if let Some(from) = self.path.iter().position(|on_path| *on_path == service) {
            let cycle = self.path[from..].iter().map(|id| (*id).clone()).collect();
            return Err(StartOrderError::ServiceCycle { cycle });
        }
        self.path.push(service);
        let mut all = BTreeSet::new();
        let estate = self.estate;
        for other in
            estate.services.get(service).into_iter().flat_map(|service| &service.depends_on)
        {
            if self.members.contains_key(other) {
                all.insert(other);
            }
            all.extend(self.all(other)?);
        }
        self.path.pop();
        self.known.insert(service, all.clone());
        Ok(all)
    }
}

/// Topological order; among those ready, by tier, then by id.
fn sort(
    estate: &Estate,
    vms: &BTreeSet<VmId>,
    after: &BTreeMap<VmId, Arc<BTreeSet<VmId>>>,
) -> Result<Vec<VmId>, StartOrderError> {
    let ids: Vec<&VmId> = vms.iter().collect();
    let number: BTreeMap<&VmId, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let tier = |at: usize| tier_of(estate, ids[at]);
    let mut waits = vec![0_usize; ids.len()];
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); ids.len()];
    let mut last: Option<(&Arc<BTreeSet<VmId>>, Vec<usize>)> = None;
    for (id, before) in after {
        // The VMs of a service follow each other as a rule: their names are looked up once.
        if last.as_ref().is_none_or(|(known, _)| !Arc::ptr_eq(known, before)) {
            last = Some((before, before.iter().map(|other| number[other]).collect()));
        }
        let own = number[id];
        for other in last.iter().flat_map(|(_, numbers)| numbers) {
            waits[own] += 1;
            followers[*other].push(own);
        }
    }
    // Ids are numbered in their own order: (tier, number) sorts by tier, then by id.
    let mut ready: BTreeSet<(Tier, usize)> =
        (0..ids.len()).filter(|at| waits[*at] == 0).map(|at| (tier(at), at)).collect();
    let mut order = Vec::with_capacity(ids.len());
    while let Some((_, at)) = ready.pop_first() {
        order.push(ids[at].clone());
        for follower in &followers[at] {
            waits[*follower] -= 1;
            if waits[*follower] == 0 {
                ready.insert((tier(*follower), *follower));
            }
        }
    }
    if order.len() == ids.len() {
        return Ok(order);
    }
    Err(StartOrderError::VmCycle { cycle: vm_cycle(&ids, &waits, after) })
}

/// One ring among the VMs that never got ready: each of them waits for another of them.
fn vm_cycle(
    ids: &[&VmId],
    waits: &[usize],
    after: &BTreeMap<VmId, Arc<BTreeSet<VmId>>>,
) -> Vec<VmId> {
    let stuck: BTreeSet<&VmId> =
        ids.iter().zip(waits).filter(|(_, waits)| **waits > 0).map(|(id, _)| *id).collect();
    let mut path: Vec<&VmId> = Vec::new();
    let mut at = stuck.first().copied();
    while let Some(id) = at {
        if let Some(from) = path.iter().position(|on_path| *on_path == id) {
            return path[from..].iter().map(|id| (*id).clone()).collect();
        }
        path.push(id);
        at = after.get(id).and_then(|before| before.iter().find(|other| stuck.contains(other)));
    }
    path.into_iter().cloned().collect()
}

/// The tier of a VM: that of its service.
pub(crate) fn tier_of(estate: &Estate, vm: &VmId) -> Tier {
    estate
        .vms
        .get(vm)
        .and_then(|vm| estate.services.get(&vm.service))
        .map_or(Tier(u8::MAX), |service| service.tier)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::small_estate::{self, service, vm};

    #[test]
    fn vms_wait_for_the_services_below_them_and_nothing_else() {
        let estate = small_estate::clinic();
        let all = estate.vms.keys().cloned().collect();
        let order = start_order(&estate, &all).unwrap();
        assert_eq!(order.after.get(&"dns-1".into()), None);
        let dpi = &order.after[&VmId::from("dpi-1")];
        // dpi depends on db and dns; db depends on dns: the edge to dns adds nothing.
        assert_eq!(**dpi, BTreeSet::from(["db-1".into()]));
        let at = |id: &str| order.order.iter().position(|vm| vm.as_str() == id).unwrap();
        assert!(at("dns-2") < at("db-1") && at("db-1") < at("dpi-1"));
    }

    #[test]
    fn a_service_with_no_vm_in_the_set_is_looked_through() {
        let estate = small_estate::clinic();
        let set = BTreeSet::from(["dns-1".into(), "dpi-1".into()]);
        let order = start_order(&estate, &set).unwrap();
        assert_eq!(*order.after[&VmId::from("dpi-1")], BTreeSet::from(["dns-1".into()]));
    }

    #[test]
    fn cycles_are_named() {
        let mut estate = small_estate::clinic();
        estate.services.get_mut(&"dns".into()).unwrap().depends_on.insert("dpi".into());
        let all: BTreeSet<VmId> = estate.vms.keys().cloned().collect();
        let error = start_order(&estate, &all).unwrap_err().to_string();
        assert!(error.contains("db -> dns -> dpi -> db"), "{error}");

        let mut estate = small_estate::clinic();
        estate.vms.get_mut(&"dns-1".into()).unwrap().after.insert("dpi-1".into());
        let error = start_order(&estate, &all).unwrap_err().to_string();
        assert!(error.contains("db-1 -> dns-1 -> dpi-1 -> db-1"), "{error}");
    }

    proptest! {
        /// Whatever depends on whatever: started in this order, one at a time, no VM starts before
        /// all VMs of all services below its own, however far below, and each starts once.
        #[test]
        fn no_edge_is_ever_violated(
            edges in proptest::collection::vec((0_usize..8, 0_usize..8), 0..16),
            counts in proptest::collection::vec(0_usize..4, 8),
            tiers in proptest::collection::vec(0_u8..4, 8),
            in_set in proptest::collection::vec(any::<bool>(), 32),
        ) {
            let mut estate = Estate::default();
            for (at, tier) in tiers.iter().enumerate() {
                let below = edges.iter().filter(|(from, to)| *from == at && to < from);
                let below: Vec<String> = below.map(|(_, to)| format!("s{to}")).collect();
                let below: Vec<&str> = below.iter().map(String::as_str).collect();
                service(&mut estate, &format!("s{at}"), *tier, &below);
                for n in 0..counts[at] {
                    vm(&mut estate, &format!("v{at}-{n}"), &format!("s{at}"), 1, 1024, "h");
                }
            }
            let set: BTreeSet<VmId> = estate.vms.keys().cloned().zip(in_set.iter().cycle())
                .filter(|(_, on)| **on).map(|(id, _)| id).collect();
            let order = start_order(&estate, &set).unwrap();
            prop_assert_eq!(order.order.iter().cloned().collect::<BTreeSet<_>>(), set.clone());
            prop_assert_eq!(order.order.len(), set.len());
            let mut started = BTreeSet::new();
            for id in &order.order {
                let mut below: Vec<&ServiceId> = vec![&estate.vms[id].service];
                while let Some(service) = below.pop() {
                    for other in &estate.services[service].depends_on {
                        for needed in estate.vms_of(other).filter(|vm| set.contains(*vm)) {
                            prop_assert!(started.contains(needed), "{id} starts before {needed}");
                        }
                        below.push(other);
                    }
                }
                started.insert(id.clone());
            }
        }
    }
}
