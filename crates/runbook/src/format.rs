//! A runbook as the log keeps it: parsed, linted, with every default filled in.

use model::action::Over;
use model::id::{RunbookName, StepId};
use model::incident::IncidentClass;
use model::manual::ManualTask;
use model::plan::OnFailure;
use model::relied_on::ReliedOn;
use model::text::Text;
use model::units::Span;
use serde::{Deserialize, Serialize};

/// A parsed and linted runbook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runbook {
    /// Its name.
    pub name: RunbookName,
    /// Its name for people.
    #[serde(default)]
    pub title: Text,
    /// What it is for.
    #[serde(default)]
    pub purpose: Text,
    /// What must be true before it runs.
    #[serde(default)]
    pub before: Text,
    /// How far it reaches.
    #[serde(default)]
    pub reach: Text,
    /// How to undo what it did.
    #[serde(default)]
    pub undo: Text,
    /// The classes of incidents that it answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<IncidentClass>,
    /// What it must achieve.
    #[serde(default)]
    pub objectives: Objectives,
    /// Its steps, in the order of the file.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// What a run must achieve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objectives {
    /// Recovery time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rto: Option<Span>,
    /// Recovery point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpo: Option<Span>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its id, unique in the runbook.
    pub id: StepId,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// The action, as in the catalogue; of a step for persons its own row there.
    pub action: String,
    /// Who must let the run go on, for a step that only waits for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// What persons do, for a step that they carry out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manual: Option<ManualTask>,
    /// A CEL expression over the policy; false when the plan is made means that the step is not
    /// part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// The steps that come before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<StepId>,
    /// What it is applied to.
    pub for_each: ForEach,
    /// What it relies on, beside what its action does by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<ReliedOn>,
    /// A CEL expression over probes; absent means the action's own post-condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<String>,
    /// How long one attempt may take, including its verification.
    pub timeout: Span,
    /// How often it is tried.
    pub retry: Retry,
    /// What its failure does to the run.
    #[serde(default)]
    pub on_failure: OnFailure,
    /// How long the whole step is expected to take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Span>,
    /// It runs however the run ends, once everything else is over or will never start.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub always: bool,
}

/// Who must let the run go on. The persons are distinct, and none of them asked for the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who may, as written: `role:on-call-manager`.
    pub from: Vec<String>,
    /// How many of them.
    pub quorum: u32,
}

/// The set that a step ranges over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForEach {
    /// A set of what.
    pub over: Over,
    /// Which of them.
    pub which: Which,
    /// In which order.
    #[serde(default)]
    pub order: Order,
    /// Limits of how many at once.
    #[serde(default)]
    pub limits: Limits,
    /// VMs and services up to this tier only; those above are left down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to_tier: Option<u8>,
}

impl ForEach {
    /// One item without a name: the run itself.
    pub(crate) fn run() -> Self {
        Self {
            over: Over::Run,
            which: Which::Whole,
            order: Order::Id,
            limits: Limits::default(),
            up_to_tier: None,
        }
    }
}

impl ForEach {
    /// As written in a file: `{ vms: lost, order: start-order, at_once: 32 }`.
    pub fn spelled(&self) -> String {
        let which = match self.which {
            Which::Lost => "lost",
            Which::Affected => "affected",
            Which::Whole => "whole",
        };
        let set = match self.over {
            Over::Hosts => "hosts",
            Over::Vms => "vms",
            Over::Services => "services",
            Over::StorageLayers => "storage-layers",
            Over::Run => "run",
        };
        let order = (self.order == Order::StartOrder).then(|| "order: start-order".to_owned());
        let number =
            |key: &str, number: Option<u32>| number.map(|number| format!("{key}: {number}"));
        let parts = [
            Some(format!("{set}: {which}")),
            order,
            number("up_to_tier", self.up_to_tier.map(u32::from)),
            number("at_once", self.limits.at_once),
            number("per_host", self.limits.per_host),
            number("per_volume", self.limits.per_volume),
        ];
        format!("{{ {} }}", parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

/// Which members of a set of the estate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Which {
    /// Those that the incident takes out.
    Lost,
    /// Those that stand on something that the incident takes out.
    Affected,
    /// The run itself.
    Whole,
}

/// The order of the items of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// By id; no item waits for another.
    #[default]
    Id,
    /// VMs: each after the VMs that it depends on, important ones first.
    StartOrder,
}

/// How many items of a step run at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// In all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_once: Option<u32>,
    /// On one host; the policy's limit holds as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_host: Option<u32>,
    /// On one volume; the policy's limit holds as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_volume: Option<u32>,
}

/// How often a step is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// How many attempts at most, at least 1.
    pub attempts: u32,
    /// The pause between two attempts.
    pub backoff: Span,
}

impl Default for Retry {
    /// One attempt: whoever wants more says so.
    fn default() -> Self {
        Self { attempts: 1, backoff: Span::from_secs(5) }
    }
}

impl Runbook {
    /// The step of this id.
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == *id)
    }
}
