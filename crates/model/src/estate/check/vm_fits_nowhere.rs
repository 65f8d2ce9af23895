//! Every VM fits on some host, alone.

use crate::diagnostic::say;
use crate::estate::places::Section;
use crate::estate::{Host, Vm};
use crate::id::HostId;

use super::Checker;
use super::naming::some_of;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    let lost: Vec<String> = c
        .estate
        .vms
        .iter()
        .filter(|(id, _)| c.takers(id).is_empty())
        .map(|(id, _)| id.to_string())
        .collect();
    for group in c.by_entry(Section::Vms, lost) {
        let Some(vm) = group.first().and_then(|id| c.estate.vms.get(&id.as_str().into())) else {
            continue;
        };
        let (en, fr) = some_of(&group);
        let reasons: Vec<(String, String)> =
            c.estate.hosts.iter().map(|(id, host)| reason(id, host, vm)).collect();
        let join = |part: fn(&(String, String)) -> &str| {
            reasons.iter().map(part).collect::<Vec<_>>().join("; ")
        };
        let (why_en, why_fr) = (join(|r| r.0.as_str()), join(|r| r.1.as_str()));
        c.findings.error(
            "estate.vm-fits-nowhere",
            c.key(Section::Vms, &group[0]),
            say!("no host can take VM {en}", "aucun hôte ne peut prendre la VM {fr}"),
            say!("fits nowhere", "ne tient nulle part"),
            say!("{why_en}", "{why_fr}"),
        );
    }
}

fn reason(id: &HostId, host: &Host, vm: &Vm) -> (String, String) {
    let missing: Vec<String> = vm
        .networks
        .difference(&host.networks)
        .map(ToString::to_string)
        .chain(vm.volumes.difference(&host.volumes).map(ToString::to_string))
        .chain(vm.devices.difference(&host.devices).map(ToString::to_string))
        .map(|name| format!("`{name}`"))
        .collect();
    let missing = missing.join(", ");
    if !missing.is_empty() {
        return (format!("{id} does not reach {missing}"), format!("{id} n'atteint pas {missing}"));
    }
    let (memory, has) = (vm.memory_mib, host.memory_capacity());
    if memory > has {
        return (
            format!("{id} gives {has} of memory, it needs {memory}"),
            format!("{id} donne {has} de mémoire, il en faut {memory}"),
        );
    }
    let (cpus, has) = (vm.cpus, host.cpu_capacity());
    (format!("{id} gives {has}, it needs {cpus}"), format!("{id} donne {has}, il en faut {cpus}"))
}
