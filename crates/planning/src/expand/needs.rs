//! What an item waits for.
//!
//! A step's `needs` names steps; an item waits for those of their items that concern it, so that
//! the VMs of a host that is fenced in two seconds do not wait for a host that takes forty:
//!
//! - a VM: for the fences of the hosts on which it might be running, for the storage layers of its
//!   volumes, and, where copies are opened, for the fences of whoever shares a volume with it;
//! - a service: for its own VMs, or, if it lost none, for those of the services below it;
//! - between steps over the same kind of set: for the same member;
//! - otherwise, and where it is not known what concerns it: for every item.
//!
//! Where no item of a needed step concerns it, it inherits what that step itself needs.

use std::collections::{BTreeMap, BTreeSet};

use model::action::Over;
use model::id::{HostId, ServiceId, StepId, StorageLayerId, VmId, VolumeId};
use model::plan::Needs;
use model::step::ItemRef;
use runbook::{Order, Step};

use super::sets::Item;
use super::{Expanded, Expansion, item_ref, over};

/// What makes VMs need the same: where they might run, where they were last, their volumes, their
/// service, and what they start after.
type Alike<'a> = (
    Option<&'a BTreeSet<HostId>>,
    Option<&'a HostId>,
    &'a BTreeSet<VolumeId>,
    &'a ServiceId,
    &'a BTreeSet<VmId>,
);

/// The needs of one step's VMs, as far as they are known: hundreds need the same.
pub(super) struct KnownNeeds<'a> {
    /// Nothing that the step needs is made for each VM by itself.
    shared: bool,
    of: BTreeMap<Alike<'a>, Needs>,
}

impl KnownNeeds<'_> {
    pub(super) fn of(step: &Step, done: &BTreeMap<&StepId, Expanded<'_>>) -> Self {
        let mut shared = true;
        let mut left: Vec<&StepId> = step.needs.iter().collect();
        while let Some(need) = left.pop() {
            let Some(expanded) = done.get(need) else { continue };
            shared &= over(expanded.step) != Over::Vms;
            left.extend(&expanded.step.needs);
        }
        Self { shared, of: BTreeMap::new() }
    }
}

impl<'a> Expansion<'a> {
    pub(super) fn needs(
        &self,
        step: &Step,
        item: &Item,
        done: &BTreeMap<&StepId, Expanded<'_>>,
        known: &mut KnownNeeds<'a>,
    ) -> Needs {
        let alike = self.alike(item).filter(|_| known.shared);
        if let Some(known) = alike.as_ref().and_then(|alike| known.of.get(alike)) {
            return known.clone();
        }
        let mut needs = BTreeSet::new();
        self.collect(step, item, done, &mut needs);
        if let (Item::Vm(vm), Order::StartOrder) = (item, step.for_each.order) {
            let before = self.order.after.get(vm).into_iter().flat_map(|before| before.iter());
            needs.extend(before.map(|vm| item_ref(step, &Item::Vm(vm.clone()))));
        }
        let needs: Needs = needs.into_iter().collect();
        if let Some(alike) = alike {
            known.of.insert(alike, needs.clone());
        }
        needs
    }

    /// By what the needs of VMs of one step differ.
    fn alike(&self, item: &Item) -> Option<Alike<'a>> {
        let Item::Vm(id) = item else { return None };
        let (id, vm) = self.view.estate.vms.get_key_value(id)?;
        Some((
            self.view.might_run_on.get(id),
            self.view.runs_on.get(id),
            &vm.volumes,
            &vm.service,
            &vm.after,
        ))
    }

    fn collect(
        &self,
        step: &Step,
        item: &Item,
        done: &BTreeMap<&StepId, Expanded<'_>>,
        needs: &mut BTreeSet<ItemRef>,
    ) {
        for need in step.needs.iter().filter_map(|need| done.get(need)) {
            let concern = self.concern(item, need);
            if concern.is_empty() {
                self.collect(need.step, item, done, needs);
            } else {
                needs.extend(concern.into_iter().map(|other| item_ref(need.step, other)));
            }
        }
    }

    /// The items of a needed step that `item` waits for.
    fn concern<'b>(&self, item: &Item, needed: &'b Expanded<'_>) -> Vec<&'b Item> {
        match (item, over(needed.step)) {
            (Item::Vm(vm), Over::Hosts) => {
                let might = |host: &HostId| match self.view.might_run_on.get(vm) {
                    Some(hosts) => hosts.contains(host),
                    None => self.view.runs_on.get(vm).is_none_or(|on| on == host),
                };
                // A copy is opened only when nobody writes to the volume elsewhere any more.
                let hosts: BTreeSet<&HostId> =
                    if self.from_copies { self.writers_of(vm) } else { BTreeSet::new() };
                pick(
                    needed,
                    |other| matches!(other, Item::Host(host) if might(host) || hosts.contains(host)),
                )
            }
            (Item::Vm(vm), Over::StorageLayers) => {
                let estate = self.view.estate;
                let volumes = estate.vms.get(vm).into_iter().flat_map(|vm| &vm.volumes);
                let layers: BTreeSet<&StorageLayerId> = volumes
                    .filter_map(|volume| estate.volumes.get(volume)?.layer.as_ref())
                    .collect();
                pick(needed, |other| matches!(other, Item::Layer(layer) if layers.contains(layer)))
            }
            (Item::Service(service), Over::Vms) => {
                let of = |other: &Item| match other {
                    Item::Vm(vm) => self.view.estate.vms.get(vm).map(|vm| &vm.service),
                    Item::Host(_) | Item::Service(_) | Item::Layer(_) | Item::Run => None,
                };
                let own = pick(needed, |other| of(other) == Some(service));
                if !own.is_empty() {
                    return own;
                }
                let below = self.below(service);
                pick(needed, |other| of(other).is_some_and(|owner| below.contains(owner)))
            }
            (_, kind) if kind == over_of(item) => pick(needed, |other| other == item),
            _ => needed.items.iter().collect(),
        }
    }

    /// The hosts on which a VM might be running that shares a volume with this one.
    fn writers_of(&self, vm: &VmId) -> BTreeSet<&HostId> {
        let Some(volumes) = self.view.estate.vms.get(vm).map(|vm| &vm.volumes) else {
            return BTreeSet::new();
        };
        let shares = self
            .view
            .estate
            .vms
            .iter()
            .filter(|(_, other)| !other.volumes.is_disjoint(volumes))
            .map(|(id, _)| id);
        shares
            .flat_map(|id| {
                let placed = self.view.runs_on.get(id);
                self.view.might_run_on.get(id).into_iter().flatten().chain(placed)
            })
            .collect()
    }

    /// The services that a service depends on, however far down.
    fn below(&self, service: &ServiceId) -> BTreeSet<&ServiceId> {
        let estate = self.view.estate;
        let mut below = BTreeSet::new();
        let mut left: Vec<&ServiceId> = estate
            .services
            .get(service)
            .into_iter()
            .flat_map(|service| &service.depends_on)
            .collect();
        while let Some(next) = left.pop() {
            if below.insert(next) {
                left.extend(
                    estate.services.get(next).into_iter().flat_map(|service| &service.depends_on),
                );
            }
        }
        below
    }
}

fn pick<'b>(needed: &'b Expanded<'_>, concerns: impl Fn(&Item) -> bool) -> Vec<&'b Item> {
    needed.items.iter().filter(|other| concerns(other)).collect()
}

fn over_of(item: &Item) -> Over {
    match item {
        Item::Host(_) => Over::Hosts,
        Item::Vm(_) => Over::Vms,
        Item::Service(_) => Over::Services,
        Item::Layer(_) => Over::StorageLayers,
        Item::Run => Over::Run,
    }
}
