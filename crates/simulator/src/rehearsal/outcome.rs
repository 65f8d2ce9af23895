//! What came of one rehearsal.

use model::id::{ServiceId, VmId};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// A service that users lost, and had again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recovered {
    /// Which.
    pub service: ServiceId,
    /// From the last sign of life before the first strike until its users were served for good, in
    /// milliseconds; none: not within the time that a rehearsal lasts.
    pub after_ms: Option<u64>,
}

/// What came of one rehearsal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Its seed.
    pub seed: u64,
    /// The services that were lost, in the order of their ids.
    pub services: Vec<Recovered>,
    /// VMs that do not run in the end.
    pub down: Vec<VmId>,
    /// Step events that were applied.
    pub transitions: u64,
    /// When what was reached, in milliseconds since the last sign of life.
    pub milestones: Vec<(&'static str, u64)>,
    /// The steps that the end waited for, the last one first.
    pub critical_path: Vec<String>,
    /// Why runs ended as failed, and what the state machine refused.
    pub troubles: Vec<String>,
    /// What happened, in order, when it was asked for.
    #[serde(skip)]
    pub timeline: Vec<(u64, String)>,
}

impl Outcome {
    /// From the last sign of life until the last service served; none if one does not.
    pub fn rto_ms(&self) -> Option<u64> {
        self.services
            .iter()
            .map(|service| service.after_ms)
            .try_fold(0, |longest, after| after.map(|after| u64::max(longest, after)))
    }

    /// A hash of everything but the timeline.
    pub(super) fn hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut text = |text: &str| {
            hash.update(text.as_bytes());
            hash.update([0]);
        };
        text(&self.seed.to_string());
        for recovered in &self.services {
            text(recovered.service.as_str());
            text(&format!("{:?}", recovered.after_ms));
        }
        self.down.iter().for_each(|vm| text(vm.as_str()));
        text(&self.transitions.to_string());
        self.critical_path.iter().for_each(|step| text(step));
        self.troubles.iter().for_each(|trouble| text(trouble));
        hash.finalize().into()
    }
}
