//! Runs, and where their items stand.

use std::collections::BTreeMap;

use model::action::Action;
use model::era::Token;
use model::id::{HostId, IncidentId, PersonId, RunId, RunbookName};
use model::observation::{Detail, Status};
use model::plan::{Plan, PlannedItem};
use model::seeded_bug::{SeededBug, seeded_bug};
use model::step::{ItemRef, Outcome, StepKey};
use model::time::LogTime;
use serde::{Deserialize, Serialize};

use super::{Observed, Pause, State, as_pairs};
use crate::command::RunEnd;

/// A run of a runbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// For which incident.
    pub incident: IncidentId,
    /// Which runbook.
    pub runbook: RunbookName,
    /// The runbook's hash.
    pub runbook_hash: String,
    /// The estate's hash.
    pub estate_hash: String,
    /// When it started.
    pub started_at: LogTime,
    /// The plan.
    pub plan: Plan,
    /// Where each item stands.
    #[serde(with = "as_pairs")]
    pub items: BTreeMap<ItemRef, ItemRecord>,
    /// Where the run stands.
    pub state: RunState,
    /// When it ended.
    pub ended_at: Option<LogTime>,
    /// A person holds it until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<Pause>,
    /// A person ended it: nothing of it starts any more but what runs however it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aborted: Option<Aborted>,
}

/// A person's word that a run is to end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aborted {
    /// Whose.
    pub by: PersonId,
    /// When.
    pub at: LogTime,
    /// Why.
    pub reason: String,
}

/// An incident that a person took over: nothing automatic answers it until it is handed back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The run that was aborted.
    pub run: RunId,
    /// By whom, when and why.
    #[serde(flatten)]
    pub aborted: Aborted,
}

/// Where a run stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum RunState {
    /// Under way.
    Running,
    /// Over.
    Ended {
        /// How.
        end: RunEnd,
    },
}

/// Where an item stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemRecord {
    /// Its place in the plan.
    pub index: usize,
    /// Its state.
    pub state: ItemState,
    /// Attempts started.
    pub attempts: u32,
    /// The token of the last attempt.
    pub token: Option<Token>,
    /// When the first attempt started.
    pub started_at: Option<LogTime>,
    /// When the last attempt started.
    #[serde(default)]
    pub attempt_started_at: Option<LogTime>,
    /// When the last attempt ended.
    pub ended_at: Option<LogTime>,
    /// How the last attempt ended.
    pub outcome: Option<Outcome>,
    /// The person who let the run go on without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_over_by: Option<PersonId>,
}

impl ItemRecord {
    /// Not started; `index` is its place in the plan.
    pub fn waiting(index: usize) -> Self {
        Self {
            index,
            state: ItemState::Waiting,
            attempts: 0,
            token: None,
            started_at: None,
            attempt_started_at: None,
            ended_at: None,
            outcome: None,
            passed_over_by: None,
        }
    }

    /// Whether this sight shows that the item's start has happened: the VM runs, its guest has
    /// shown that it executes, and it does so by this item's order, or since after its intent
    /// (a VM that came up by itself meanwhile is not started again by its host). The token would
    /// not do: a VM that died is started again under the same one, and who missed its death still
    /// says that it runs.
    pub fn is_shown_started_by(&self, item: &StepKey, seen: &Observed) -> bool {
        let Detail::Vm { key, booted, .. } = &seen.detail else { return false };
        let booted = *booted;
        // Seeded bug `booting-is-booted`: a guest that boots is taken for one that has.
        if !booted && !seeded_bug(SeededBug::BootingIsBooted) {
            return false;
        }
        let under_ours = key.as_ref() == Some(item);
        let since_ours = self.started_at.is_some_and(|started| seen.since > started);
        seen.status == Status::Up && (under_ours || since_ours)
    }
}

impl Run {
    /// An item with its plan.
    pub fn item(&self, item: &ItemRef) -> Option<(&PlannedItem, &ItemRecord)> {
        let record = self.items.get(item)?;
        self.plan.items.get(record.index).map(|planned| (planned, record))
    }

    /// Whether a person holds it at this log time.
    pub fn is_paused(&self, now: LogTime) -> bool {
        self.pause.as_ref().is_some_and(|pause| pause.until > now)
    }

    /// Whether what runs however it ends has begun.
    pub fn is_winding_up(&self) -> bool {
        self.plan.items.iter().filter(|planned| planned.always).any(|planned| {
            // One that a person passed over beforehand has begun nothing.
            self.items.get(&planned.item).is_some_and(|record| {
                record.state != ItemState::Waiting && record.passed_over_by.is_none()
            })
        })
    }

    /// Whether it has this host fenced, and has yet to see it done. What only comes later in it, after
    /// an approval perhaps, fences nothing yet.
    fn is_fencing(&self, host: &HostId) -> bool {
        self.plan.items.iter().any(|planned| {
            let begun = |record: &ItemRecord| {
                record.state.is_under_way() || record.state == ItemState::Retrying
            };
            matches!(&planned.action, Action::FenceHost { host: of } if of == host)
                && self.items.get(&planned.item).is_some_and(begun)
        })
    }

    /// Whether nothing follows for this item.
    pub fn is_over(&self, item: &ItemRef) -> bool {
        self.items.get(item).is_some_and(|record| record.state.is_over())
    }
}

/// The states of an item; `runbook::step_log` has the transition table.
pub type ItemState = runbook::ItemState;

impl State {
    /// Whether a person holds the fence of this host: a run that ordered it or joined the order is
    /// paused, or was aborted and its incident is not handed back, and no other run is fencing it.
    pub fn fence_is_held(&self, host: &HostId, now: LogTime) -> bool {
        let order = self.hosts.get(host).and_then(|record| record.fence.as_ref());
        let ordered_by = order.and_then(|order| self.runs.get(&order.step.run));
        let holds = |run: &Run| {
            let aborted = run.state == RunState::Running && run.aborted.is_some();
            run.is_paused(now) || aborted || self.held.contains_key(&run.incident)
        };
        let mut is_held = ordered_by.is_some_and(holds);
        for run in self.running_runs().filter(|run| run.is_fencing(host)) {
            if !holds(run) {
                return false;
            }
            is_held = true;
        }
        is_held
    }
}
