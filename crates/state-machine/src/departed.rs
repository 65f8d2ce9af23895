//! Hosts and VMs that have left the estate. They may come back, and what was agreed about them
//! must not have been forgotten meanwhile: where a VM might be running (S1), that a host is fenced
//! or was never let in again (S7).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use model::estate::Estate;
use model::id::{HostId, VmId};

use crate::state::{HostRecord, State, VmRecord};

/// What was agreed about hosts and VMs when they left the estate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departed {
    /// Hosts. None of them is admitted: what they do meanwhile is seen by nobody.
    pub hosts: BTreeMap<HostId, HostRecord>,
    /// VMs, without their seals: what they do meanwhile is seen by nobody.
    pub vms: BTreeMap<VmId, VmRecord>,
}

impl State {
    /// Puts aside what this estate does not have.
    pub(crate) fn put_aside(&mut self, estate: &Estate) {
        for (id, mut record) in self.hosts.extract_if(.., |id, _| !estate.hosts.contains_key(id)) {
            record.admitted = None;
            record.armed = None;
            record.perhaps_not_asked = true;
            self.departed.hosts.insert(id, record);
        }
        for (id, mut record) in self.vms.extract_if(.., |id, _| !estate.vms.contains_key(id)) {
            record.sealed.clear();
            self.departed.vms.insert(id, record);
        }
    }

    /// What is agreed about every VM, also about those that have left the estate.
    pub(crate) fn every_vm_mut(&mut self) -> impl Iterator<Item = &mut VmRecord> {
        self.vms.values_mut().chain(self.departed.vms.values_mut())
    }
}
