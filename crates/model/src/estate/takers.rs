use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::{Estate, Host, Vm};
use crate::id::{DeviceId, HostId, NetworkId, VmId, VolumeId};
use crate::units::{CpuCount, MemoryMib};

/// For each VM, the hosts that could take it, with nothing else on them.
pub(super) struct Takers<'e> {
    by_vm: BTreeMap<&'e VmId, Rc<BTreeSet<&'e HostId>>>,
    nobody: Rc<BTreeSet<&'e HostId>>,
}

/// All that decides who can take a VM. VMs of large estates come in few shapes.
type Shape<'e> =
    (&'e BTreeSet<NetworkId>, &'e BTreeSet<VolumeId>, &'e BTreeSet<DeviceId>, CpuCount, MemoryMib);

impl<'e> Takers<'e> {
    pub(super) fn of(estate: &'e Estate) -> Self {
        let mut by_shape: BTreeMap<Shape<'e>, Rc<BTreeSet<&'e HostId>>> = BTreeMap::new();
        let mut by_vm = BTreeMap::new();
        for (id, vm) in &estate.vms {
            let shape = (&vm.networks, &vm.volumes, &vm.devices, vm.cpus, vm.memory_mib);
            let takers = by_shape.entry(shape).or_insert_with(|| {
                let able = estate.hosts.iter().filter(|(_, host)| takes(estate, host, vm));
                Rc::new(able.map(|(id, _)| id).collect())
            });
            by_vm.insert(id, Rc::clone(takers));
        }
        Self { by_vm, nobody: Rc::default() }
    }

    pub(super) fn for_vm(&self, vm: &VmId) -> &Rc<BTreeSet<&'e HostId>> {
        self.by_vm.get(vm).unwrap_or(&self.nobody)
    }
}

fn takes(estate: &Estate, host: &Host, vm: &Vm) -> bool {
    estate.reaches(host, vm)
        && vm.cpus <= host.cpu_capacity()
        && vm.memory_mib <= host.memory_capacity()
}
