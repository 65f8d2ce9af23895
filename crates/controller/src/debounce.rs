//! From single probe results to what this room believes: a change is believed after so many equal
//! results in a row. What an agent says positively of its VMs needs no second result: silence is
//! doubtful, an answer is not.

use std::collections::{BTreeMap, BTreeSet};

use model::id::{HostId, VmId};
use model::observation::{Observation, Status, Target};

/// One target's results.
#[derive(Clone, Debug)]
struct Track {
    latest: Observation,
    in_a_row: u32,
    believed: Option<Observation>,
}

/// What this room believes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Debounce {
    tracks: BTreeMap<Target, Track>,
    vms_of: BTreeMap<HostId, BTreeSet<VmId>>,
}

impl Debounce {
    /// Forgets how often each was seen: what is believed next was seen after now.
    pub(crate) fn begin_again(&mut self) {
        self.doubt(|_| true);
    }

    /// Forgets how often those of such targets were seen; what was told of them last is kept.
    pub(crate) fn doubt(&mut self, such: impl Fn(&Target) -> bool) {
        for (_, track) in self.tracks.iter_mut().filter(|(target, _)| such(target)) {
            track.in_a_row = 0;
            track.believed = None;
        }
    }

    /// Every target of which something is believed.
    pub(crate) fn believes(&self) -> impl Iterator<Item = &Target> {
        self.tracks.iter().filter(|(_, track)| track.believed.is_some()).map(|(target, _)| target)
    }

    /// Takes one result; says whether what is believed of the target has changed.
    pub(crate) fn take(&mut self, observation: Observation, needed: u32) -> bool {
        let target = observation.target.clone();
        if let Target::Vm { vm, host } = &target {
            self.vms_of.entry(host.clone()).or_default().insert(vm.clone());
        }
        let positive_fact =
            matches!(target, Target::Vm { .. }) && observation.status != Status::Unknown;
        let track = self.tracks.entry(target).or_insert_with(|| Track {
            latest: observation.clone(),
            in_a_row: 0,
            believed: None,
        });
        if track.latest.status == observation.status {
            track.in_a_row = track.in_a_row.saturating_add(1);
        } else {
            track.in_a_row = 1;
        }
        track.latest = observation;
        if !positive_fact && track.in_a_row < needed {
            return false;
        }
        let same = track.believed.as_ref().is_some_and(|believed| {
            believed.status == track.latest.status && believed.detail == track.latest.detail
        });
        if !same {
            track.believed = Some(track.latest.clone());
        }
        !same
    }

    /// An agent has answered: what it said before of its other VMs, and did not change now, it
    /// says again. Returns the VMs of which something is believed anew.
    pub(crate) fn reaffirm(&mut self, host: &HostId) -> Vec<Target> {
        let mut anew = Vec::new();
        for vm in self.vms_of.get(host).into_iter().flatten() {
            let target = Target::Vm { vm: vm.clone(), host: host.clone() };
            if let Some(track) = self.tracks.get_mut(&target)
                && track.believed.is_none()
                && track.latest.status != Status::Unknown
            {
                track.believed = Some(track.latest.clone());
                anew.push(target);
            }
        }
        anew
    }

    /// What is believed of a target.
    pub(crate) fn believed(&self, target: &Target) -> Option<&Observation> {
        self.tracks.get(target)?.believed.as_ref()
    }

    /// Every VM of which this host's agent has told.
    pub(crate) fn vms_of(&self, host: &HostId) -> impl Iterator<Item = &VmId> {
        self.vms_of.get(host).into_iter().flatten()
    }
}
