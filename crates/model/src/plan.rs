//! A plan: a runbook expanded over the estate. Immutable data in the log; execution has no
//! choices left.

mod needs;

use serde::{Deserialize, Serialize};

pub use needs::Needs;

use crate::action::Action;
use crate::id::{HostId, StepId, VmId, VolumeId};
use crate::step::ItemRef;
use crate::units::Span;

/// One step item, ready to be carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedItem {
    /// Which step and item.
    pub item: ItemRef,
    /// What to do.
    pub action: Action,
    /// What must be done (or skipped) before.
    #[serde(default, skip_serializing_if = "<[ItemRef]>::is_empty")]
    pub needs: Needs,
    /// How long one attempt may take, including its verification.
    pub timeout: Span,
    /// How many attempts at most, at least 1.
    pub attempts: u32,
    /// The pause between two attempts.
    pub backoff: Span,
    /// A CEL expression over probes that must hold; absent means the action's own post-condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<String>,
    /// Whether the run goes on when this item fails for good.
    #[serde(default)]
    pub on_failure: OnFailure,
    /// How many items of this step may run at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_once: Option<u32>,
    /// Counts against the limit of starts at once on this host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<HostId>,
    /// Counts against the limit of starts at once on these volumes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<VolumeId>,
    /// How long it is expected to take.
    pub expect: Span,
    /// It runs however the run ends, once everything else is over or will never start.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub always: bool,
}

/// What a failed item does to its run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// Nothing new starts; the run ends as failed once what is under way has ended.
    #[default]
    Abort,
    /// Items that need this one are skipped; the others go on.
    Continue,
    /// Items that need this one start all the same: `needs` is then an order, not a condition.
    /// One of three directory servers that does not start must not keep 400 VMs down.
    Ignore,
}

/// A runbook expanded over the estate for one incident.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Every item, in an order that respects `needs`.
    pub items: Vec<PlannedItem>,
    /// How many starts at once per host.
    pub starts_at_once_per_host: u32,
    /// How many starts at once per volume.
    pub starts_at_once_per_volume: u32,
    /// VMs that fit nowhere, each with the reason, lowest tier first.
    pub shed: Vec<Shed>,
    /// How long it all takes by expected durations: the critical path, lengthened where the
    /// limits of starts at once make items wait.
    pub forecast: Span,
}

/// A VM left down because it fits nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shed {
    /// Which.
    pub vm: VmId,
    /// Why, in words, and what would make it fit.
    pub reason: String,
}

/// A plan in short: what is kept of one that is not carried out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// Its steps in order, each with how many items it has.
    pub steps: Vec<StepCount>,
    /// The hosts that it fences.
    pub fences: Vec<HostId>,
    /// The VMs that it starts, and where.
    pub starts: Vec<Start>,
    /// The VMs that it leaves down.
    pub shed: Vec<Shed>,
    /// How long it takes by expected durations.
    pub forecast: Span,
}

/// A step of a plan and how many items it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepCount {
    /// Which step.
    pub step: StepId,
    /// So many items.
    pub items: u32,
}

/// A VM that a plan starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Which.
    pub vm: VmId,
    /// Where.
    pub host: HostId,
}

impl Plan {
    /// The plan in short.
    pub fn digest(&self) -> Digest {
        let mut digest =
            Digest { shed: self.shed.clone(), forecast: self.forecast, ..Digest::default() };
        for planned in &self.items {
            let step = &planned.item.step;
            match digest.steps.iter_mut().find(|known| known.step == *step) {
                Some(known) => known.items += 1,
                None => digest.steps.push(StepCount { step: step.clone(), items: 1 }),
            }
            if let Action::FenceHost { host } = &planned.action {
                digest.fences.push(host.clone());
            }
            if let Some((vm, host)) = planned.action.starts() {
                digest.starts.push(Start { vm: vm.clone(), host: host.clone() });
            }
        }
        digest
    }
}
