//! What changed since a caller last looked: 450 VMs are told once, then only what moves.

use std::collections::BTreeMap;

use contracts::hypervisor::VmStatus;
use model::id::VmId;

/// Every VM with the revision at which it last changed.
#[derive(Debug)]
pub(crate) struct View {
    /// Revisions at or below it belong to an earlier agent process.
    base: u64,
    revision: u64,
    vms: BTreeMap<VmId, (VmStatus, u64)>,
}

/// An answer to a caller.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Changes {
    pub(crate) revision: u64,
    pub(crate) vms: Vec<(VmId, VmStatus)>,
    pub(crate) complete: bool,
}

impl View {
    /// Revisions begin above `base`, which must be above those of any earlier process: the wall
    /// clock does, and if it was set back a caller at worst is told everything once more.
    pub(crate) fn new(base: u64) -> Self {
        Self { base, revision: base + 1, vms: BTreeMap::new() }
    }

    /// Takes in what the hypervisor tells. A VM that it no longer names has ended.
    pub(crate) fn update(&mut self, now: &BTreeMap<VmId, VmStatus>) {
        let next = self.revision + 1;
        let mut changed = false;
        for (vm, status) in now {
            if self.vms.get(vm).is_none_or(|(known, _)| known != status) {
                self.vms.insert(vm.clone(), (status.clone(), next));
                changed = true;
            }
        }
        for (vm, (known, at)) in &mut self.vms {
            if known.running && !now.contains_key(vm) {
                *known = VmStatus {
                    running: false,
                    booted: false,
                    token: known.token,
                    key: None,
                    stopped_on_purpose: false,
                };
                *at = next;
                changed = true;
            }
        }
        if changed {
            self.revision = next;
        }
    }

    /// What changed since a revision; everything for one that this process did not give.
    pub(crate) fn since(&self, revision: u64) -> Changes {
        let complete = revision <= self.base || revision > self.revision;
        let vms = self.vms.iter().filter(|(_, (_, at))| complete || *at > revision);
        Changes {
            revision: self.revision,
            vms: vms.map(|(vm, (status, _))| (vm.clone(), status.clone())).collect(),
            complete,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(running: bool) -> VmStatus {
        VmStatus { running, booted: running, token: None, key: None, stopped_on_purpose: false }
    }

    fn vms(all: &[(&str, bool)]) -> BTreeMap<VmId, VmStatus> {
        all.iter().map(|(vm, running)| (VmId::from(*vm), status(*running))).collect()
    }

    fn names(changes: &Changes) -> Vec<&str> {
        changes.vms.iter().map(|(vm, _)| vm.as_str()).collect()
    }

    #[test]
    fn only_what_changed_is_told_and_everything_to_who_comes_from_elsewhere() {
        let mut view = View::new(1000);
        view.update(&vms(&[("v1", true), ("v2", true)]));
        let first = view.since(0);
        assert!(first.complete);
        assert_eq!(names(&first), ["v1", "v2"]);
        view.update(&vms(&[("v1", true), ("v2", true)]));
        assert_eq!(view.since(first.revision).vms, []);
        view.update(&vms(&[("v1", true)]));
        let second = view.since(first.revision);
        assert!(!second.complete);
        assert_eq!(second.vms, [(VmId::from("v2"), status(false))]);
        assert!(view.since(900).complete, "a revision of an earlier process");
        assert!(view.since(second.revision + 50).complete, "a revision of nobody");
    }
}
