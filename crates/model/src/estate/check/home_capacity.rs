//! Every VM at home, no host is over its capacity.

use std::collections::BTreeMap;

use crate::diagnostic::say;
use crate::estate::places::Section;
use crate::id::HostId;
use crate::units::{CpuCount, MemoryMib};

use super::Checker;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    let mut load: BTreeMap<&HostId, (CpuCount, MemoryMib)> = BTreeMap::new();
    for vm in c.estate.vms.values() {
        let sum = load.entry(&vm.home).or_default();
        sum.0 += vm.cpus;
        sum.1 += vm.memory_mib;
    }
    for (id, (cpus, memory)) in load {
        let Some(host) = c.estate.hosts.get(id) else { continue };
        let (cpu_room, memory_room) = (host.cpu_capacity(), host.memory_capacity());
        if cpus <= cpu_room && memory <= memory_room {
            continue;
        }
        c.findings.warning(
            "estate.home-over-capacity",
            c.key(Section::Hosts, id.as_str()),
            say!(
                "with every VM at home, host `{id}` has to give {cpus} and {memory}; it has {cpu_room} and {memory_room}",
                "toutes les VM étant chez elles, l'hôte `{id}` doit donner {cpus} et {memory} ; il a {cpu_room} et {memory_room}"
            ),
            say!("over its capacity", "au-delà de sa capacité"),
            say!(
                "give some of its VMs another `home`",
                "donner à certaines de ses VM un autre `home`"
            ),
        );
    }
}
