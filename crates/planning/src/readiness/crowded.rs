//! Hosts that run more than they can hold: what is promised of a failure elsewhere needs room that
//! is not even there today.

use std::collections::BTreeMap;

use model::estate::{Host, Tier, Vm};
use model::id::{HostId, VmId};
use model::units::{CpuCount, MemoryMib};

use super::level::Remark;
use super::situation::Situation;
use crate::start_order::tier_of;

/// A sentence for each host that is too full, with the VM that would be left down first.
pub(super) fn remarks(situation: &Situation) -> Vec<Remark> {
    let mut on: BTreeMap<&HostId, Vec<(&VmId, &Vm)>> = BTreeMap::new();
    for (id, host) in &situation.now.runs_on {
        let known = situation.estate.vms.get_key_value(id);
        if let Some(vm) = known.filter(|(id, _)| situation.now.wanted.contains(*id)) {
            on.entry(host).or_default().push(vm);
        }
    }
    on.into_iter()
        .filter_map(|(id, vms)| crowded(situation, id, situation.estate.hosts.get(id)?, &vms))
        .collect()
}

fn crowded(
    situation: &Situation,
    id: &HostId,
    host: &Host,
    vms: &[(&VmId, &Vm)],
) -> Option<Remark> {
    let cpus: CpuCount = vms.iter().map(|(_, vm)| vm.cpus).sum();
    let memory: MemoryMib = vms.iter().map(|(_, vm)| vm.memory_mib).sum();
    let (cpus, memory) = (cpus - host.cpu_capacity(), memory - host.memory_capacity());
    let lacking: Vec<String> =
        [(cpus.0 > 0).then(|| cpus.to_string()), (memory.0 > 0).then(|| memory.to_string())]
            .into_iter()
            .flatten()
            .collect();
    let first = |(id, vm): &&(&VmId, &Vm)| -> (Tier, MemoryMib, VmId) {
        (tier_of(&situation.estate, id), vm.memory_mib, (*id).clone())
    };
    let (vm, _) = vms.iter().max_by_key(first).filter(|_| !lacking.is_empty())?;
    let (en, fr) = (lacking.join(" and "), lacking.join(" et "));
    Some(Remark::red(say!(
        "host {id} runs more than it can hold: it needs {en} more, or VM {vm} elsewhere",
        "l'hôte {id} porte plus qu'il ne peut : il lui faut {fr} de plus, ou la VM {vm} ailleurs"
    )))
}
