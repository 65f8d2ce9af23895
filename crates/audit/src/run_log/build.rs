//! From leaves to entries.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use model::id::{HostId, IncidentId, RunId};
use model::step::StepKey;
use model::time::LogTime;

use super::entry::{Mode, RunLogEntry, What};
use super::{RunLog, RunLogError};
use crate::bundle::command;
use crate::leaf_view::{LeafView, plain};
use crate::verify::{ExaminedLeaf, Verification};

pub(super) fn build(
    run: RunId,
    leaves: &[ExaminedLeaf<'_>],
    verification: Verification,
) -> Result<RunLog, RunLogError> {
    let views: Vec<(&ExaminedLeaf<'_>, Option<LeafView>)> =
        leaves.iter().map(|leaf| (leaf, LeafView::read(leaf.bytes))).collect();
    let start = views
        .iter()
        .filter_map(|(_, view)| view.as_ref())
        .find(|view| view.kind == command::RUN_STARTED && view.index == run.0)
        .ok_or(RunLogError::NoStart { run })?;
    let incident: Option<u64> = start.field("incident");
    let reader = Reader { run: run.0, incident, actions: planned_actions(start) };
    let mut entries = Vec::new();
    let mut other_leaves = 0;
    for (leaf, view) in &views {
        match view {
            None => entries.push(damaged(leaf)),
            Some(view) => match reader.what(view) {
                Some(what) => entries.push(entry(leaf, view, what)),
                None => other_leaves += 1,
            },
        }
    }
    Ok(RunLog {
        run,
        incident: incident.map(IncidentId),
        runbook: start.field("runbook").unwrap_or_default(),
        runbook_hash: start.field("runbook_hash").unwrap_or_default(),
        estate_hash: start.field("estate_hash").unwrap_or_default(),
        mode: start.field("mode").unwrap_or_default(),
        entries,
        other_leaves,
        verification,
    })
}

fn damaged(leaf: &ExaminedLeaf<'_>) -> RunLogEntry {
    RunLogEntry {
        leaf: leaf.leaf,
        index: 0,
        at: LogTime(0),
        wall: String::new(),
        by: None,
        person: None,
        what: What::Other { kind: String::new() },
        rejected: None,
        proof_holds: leaf.proved,
    }
}

fn entry(leaf: &ExaminedLeaf<'_>, view: &LeafView, what: What) -> RunLogEntry {
    RunLogEntry {
        leaf: leaf.leaf,
        index: view.index,
        at: LogTime(view.data.at_ms),
        wall: view.time.clone(),
        by: view.data.by,
        person: view.data.person.clone(),
        what,
        rejected: view.rejection_words(),
        proof_holds: leaf.proved,
    }
}

#[derive(Deserialize)]
struct Planned {
    item: model::step::ItemRef,
    action: Value,
}

/// What the plan does for each item: the action's name and its arguments.
fn planned_actions(start: &LeafView) -> BTreeMap<String, String> {
    let items = start.data.command.get("plan").and_then(|plan| plan.get("items"));
    let items = items.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| Planned::deserialize(item).ok())
        .filter_map(|planned| {
            let fields = planned.action.as_object()?;
            let mut words = vec![plain(fields.get("action")?)];
            let arguments = fields.iter().filter(|(name, _)| *name != "action");
            words.extend(arguments.map(|(name, value)| format!("{name}={}", plain(value))));
            Some((planned.item.to_string(), words.join(" ")))
        })
        .collect()
}

struct Reader {
    run: u64,
    incident: Option<u64>,
    actions: BTreeMap<String, String>,
}

impl Reader {
    /// What the leaf says of this run; none if it is of another matter.
    fn what(&self, view: &LeafView) -> Option<What> {
        let of_run = view.run() == Some(self.run) || view.index == self.run;
        let of_incident = self.incident.is_some()
            && (self.incident == Some(view.index) || view.field("incident") == self.incident);
        let known = match view.kind.as_str() {
            "incident-opened" if of_incident => incident_opened(view),
            "incident-ended" if of_incident => incident_ended(view),
            "incident-approved" if of_incident => Some(What::IncidentApproved),
            "run-started" if of_run => Some(run_started(view)),
            "run-ended" if of_run => run_ended(view),
            "step-started" if of_run => self.step_started(view),
            "step-finished" if of_run => step_finished(view),
            "step-skipped" if of_run => step_skipped(view),
            "step-approved" | "step-done" | "step-cannot" | "step-retried" | "step-passed-over"
                if of_run =>
            {
                of_a_person(view)
            }
            "run-paused" if of_run => run_paused(view),
            "run-resumed" if of_run => Some(What::RunResumed),
            "run-aborted" if of_run => {
                Some(What::RunAborted { reason: view.field("reason").unwrap_or_default() })
            }
            // Fences belong to hosts, not to runs; those committed during the run are what its
            // steps waited for.
            "withheld" => withheld(view),
            "attested" => attested(view),
            "fence-proved" => fence_proved(view),
            "leader-started" => leader_started(view),
            _ if of_run => None,
            _ => return None,
        };
        Some(known.unwrap_or_else(|| What::Other { kind: view.kind.clone() }))
    }

    fn step_started(&self, view: &LeafView) -> Option<What> {
        let item = item(view)?;
        Some(What::StepStarted {
            action: self.actions.get(&item).cloned(),
            item,
            attempt: view.field("attempt")?,
            token: view.field("token")?,
        })
    }
}

fn item(view: &LeafView) -> Option<String> {
    Some(view.field::<StepKey>("key")?.item.to_string())
}

fn incident_opened(view: &LeafView) -> Option<What> {
    Some(What::IncidentOpened {
        cause: view.field("cause")?,
        evidence: view.field("evidence").unwrap_or_default(),
    })
}

fn incident_ended(view: &LeafView) -> Option<What> {
    Some(What::IncidentEnded {
        withdrawn: view.field("withdrawn")?,
        reason: view.field("reason").unwrap_or_default(),
    })
}

fn run_started(view: &LeafView) -> What {
    let list = |name: &str| {
        let plan = view.data.command.get("plan");
        plan.and_then(|plan| plan.get(name)).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let shed = list("shed").iter().filter_map(|shed| Some(plain(shed.get("vm")?))).collect();
    What::RunStarted { items: list("items").len() as u64, shed }
}

fn run_ended(view: &LeafView) -> Option<What> {
    let end = view.data.command.get("end")?;
    let reason = end.get("reason").map(plain);
    Some(What::RunEnded { succeeded: end.get("end")?.as_str()? == "succeeded", reason })
}

fn step_finished(view: &LeafView) -> Option<What> {
    Some(What::StepFinished {
        item: item(view)?,
        attempt: view.field("attempt")?,
        outcome: view.field("outcome")?,
        last: view.field("last").unwrap_or(true),
    })
}

fn step_skipped(view: &LeafView) -> Option<What> {
    Some(What::StepSkipped { item: item(view)?, reason: view.field("reason").unwrap_or_default() })
}

/// What a person says of a step.
fn of_a_person(view: &LeafView) -> Option<What> {
    let item = item(view)?;
    let reason = || view.field("reason").unwrap_or_default();
    Some(match view.kind.as_str() {
        "step-approved" => What::StepApproved { item, loss: view.field("loss") },
        "step-done" => {
            What::StepDone { item, evidence: view.field("evidence").unwrap_or_default() }
        }
        "step-cannot" => What::StepCannot { item, reason: reason() },
        "step-retried" => What::StepRetried { item, reason: reason() },
        "step-passed-over" => What::StepPassedOver { item, reason: reason() },
        _ => return None,
    })
}

fn run_paused(view: &LeafView) -> Option<What> {
    Some(What::RunPaused {
        until: view.field("until")?,
        reason: view.field("reason").unwrap_or_default(),
    })
}

fn withheld(view: &LeafView) -> Option<What> {
    Some(What::Withheld {
        host: view.field("host")?,
        by: view.field("by")?,
        token: view.field("token")?,
        promise_ends_in: view.field("promise_ends_in").unwrap_or_default(),
    })
}

fn attested(view: &LeafView) -> Option<What> {
    let hosts = view.data.command.get("hosts")?.as_array()?;
    Some(What::Attested {
        hosts: hosts.iter().filter_map(|one| HostId::deserialize(one.get("host")?).ok()).collect(),
        statement: view.field("statement").unwrap_or_default(),
    })
}

fn fence_proved(view: &LeafView) -> Option<What> {
    let proof: model::fence::FenceProof = view.field("proof")?;
    Some(What::FenceProved { host: proof.target, token: proof.token, evidence: proof.evidence })
}

fn leader_started(view: &LeafView) -> Option<What> {
    Some(What::LeaderStarted { controller: view.field("controller")? })
}

impl Mode {
    /// As written in runbooks and in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Simulate => "simulate",
            Self::Drill => "drill",
            Self::Execute => "execute",
        }
    }
}
