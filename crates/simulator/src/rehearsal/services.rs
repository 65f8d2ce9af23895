//! Which VMs and which other services a service needs, as numbers.

use std::collections::BTreeMap;

use model::estate::Estate;
use model::id::{ServiceId, VmId};

/// The services and VMs of an estate, each in the order of its ids.
#[derive(Clone, Debug, Default)]
pub(super) struct Services {
    pub(super) ids: Vec<ServiceId>,
    pub(super) vm_ids: Vec<VmId>,
    /// The service of each VM.
    pub(super) of_vm: Vec<usize>,
    /// The services that need each.
    pub(super) needed_by: Vec<Vec<usize>>,
    /// The services that each needs.
    pub(super) needs: Vec<Vec<usize>>,
    number: BTreeMap<ServiceId, usize>,
    vm_number: BTreeMap<VmId, usize>,
}

impl Services {
    pub(super) fn of(estate: &Estate) -> Self {
        let ids: Vec<ServiceId> = estate.services.keys().cloned().collect();
        let number: BTreeMap<ServiceId, usize> =
            ids.iter().enumerate().map(|(at, id)| (id.clone(), at)).collect();
        let vm_ids: Vec<VmId> = estate.vms.keys().cloned().collect();
        let vm_number = vm_ids.iter().enumerate().map(|(at, id)| (id.clone(), at)).collect();
        // Every reference of a validated estate resolves.
        let at = |id: &ServiceId| number.get(id).copied();
        let of_vm = estate.vms.values().filter_map(|vm| at(&vm.service)).collect();
        let needs: Vec<Vec<usize>> = estate
            .services
            .values()
            .map(|service| service.depends_on.iter().filter_map(at).collect())
            .collect();
        let mut needed_by = vec![Vec::new(); ids.len()];
        for (service, needs) in needs.iter().enumerate() {
            for need in needs {
                needed_by[*need].push(service);
            }
        }
        Self { ids, vm_ids, of_vm, needed_by, needs, number, vm_number }
    }

    pub(super) fn number(&self, service: &ServiceId) -> Option<usize> {
        self.number.get(service).copied()
    }

    pub(super) fn vm(&self, vm: &VmId) -> Option<usize> {
        self.vm_number.get(vm).copied()
    }
}

/// What is down of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    pub(super) vm_up: Vec<bool>,
    /// How many of its VMs are down, per service.
    vms_down: Vec<u32>,
    /// Whether its users are served.
    pub(super) serves: Vec<bool>,
    /// Raised whenever something under it dies: what was on its way is void.
    pub(super) life: Vec<u32>,
}

impl Standing {
    /// Everything runs.
    pub(super) fn all_up(services: &Services) -> Self {
        let count = services.ids.len();
        Self {
            vm_up: vec![true; services.vm_ids.len()],
            vms_down: vec![0; count],
            serves: vec![true; count],
            life: vec![0; count],
        }
    }

    /// A VM died, and with it what stands on its service.
    pub(super) fn vm_died(&mut self, services: &Services, vm: usize) {
        if !std::mem::replace(&mut self.vm_up[vm], false) {
            return;
        }
        let service = services.of_vm[vm];
        self.vms_down[service] += 1;
        let mut falling = vec![service];
        while let Some(service) = falling.pop() {
            self.life[service] += 1;
            if std::mem::replace(&mut self.serves[service], false) {
                falling.extend(&services.needed_by[service]);
            }
        }
    }

    /// A VM runs again; the services that nothing is missing for any more.
    pub(super) fn vm_runs(&mut self, services: &Services, vm: usize) -> Option<usize> {
        if std::mem::replace(&mut self.vm_up[vm], true) {
            return None;
        }
        let service = services.of_vm[vm];
        self.vms_down[service] -= 1;
        self.could_serve(services, service).then_some(service)
    }

    /// A service serves again; those above it that nothing is missing for any more.
    pub(super) fn serves_again(&mut self, services: &Services, service: usize) -> Vec<usize> {
        self.serves[service] = true;
        let above = services.needed_by[service].iter().copied();
        above.filter(|above| self.could_serve(services, *above)).collect()
    }

    fn could_serve(&self, services: &Services, service: usize) -> bool {
        !self.serves[service]
            && self.vms_down[service] == 0
            && services.needs[service].iter().all(|need| self.serves[*need])
    }
}
