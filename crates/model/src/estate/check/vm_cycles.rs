//! No VM waits for itself, through `after` and through what its service depends on.

use std::collections::BTreeMap;

use crate::diagnostic::say;
use crate::estate::places::Section;
use crate::id::{ServiceId, VmId};

use super::{Checker, cycle};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event<'e> {
    /// What a service depends on runs.
    Ready(&'e ServiceId),
    /// Every VM of a service runs.
    Runs(&'e ServiceId),
    /// A VM runs.
    Vm(&'e VmId),
}

pub(super) fn check(c: &mut Checker<'_, '_>) {
    let estate = c.estate;
    let mut edges: BTreeMap<Event<'_>, Vec<Event<'_>>> = BTreeMap::new();
    for (id, service) in &estate.services {
        edges.insert(Event::Ready(id), service.depends_on.iter().map(Event::Runs).collect());
    }
    for (id, vm) in &estate.vms {
        edges.entry(Event::Runs(&vm.service)).or_default().push(Event::Vm(id));
        let mut waits: Vec<_> = vm.after.iter().map(Event::Vm).collect();
        waits.push(Event::Ready(&vm.service));
        edges.insert(Event::Vm(id), waits);
    }
    let Some(cycle) = cycle::find(&edges) else { return };
    let vms: Vec<&VmId> = cycle
        .iter()
        .filter_map(|event| match event {
            Event::Vm(vm) => Some(*vm),
            Event::Ready(_) | Event::Runs(_) => None,
        })
        .collect();
    let names: Vec<String> = vms.iter().chain(vms.first()).map(|id| format!("`{id}`")).collect();
    let chain = names.join(" → ");
    // A circle without an `after` would be one of services, which another rule names.
    let edge = vms.iter().find_map(|from| {
        let after = &estate.vms.get(*from)?.after;
        vms.iter().find(|to| after.contains(**to)).map(|to| (*from, *to))
    });
    let Some((from, to)) = edge else { return };
    c.findings.error(
        "estate.vm-cycle",
        c.places.item(Section::Vms, from.as_str(), &["after"], to.as_str()),
        say!(
            "VMs wait for each other in a circle, none could ever start: {chain}",
            "des VM s'attendent en cercle, aucune ne pourrait démarrer : {chain}"
        ),
        say!("`{from}` waits for `{to}`", "`{from}` attend `{to}`"),
        say!(
            "take this `after` out, or one of the service dependencies on the way",
            "retirer cet `after`, ou l'une des dépendances de services sur le chemin"
        ),
    );
}
