use std::collections::BTreeMap;

use model::era::Era;
use model::id::RunbookName;
use model::step::Outcome;
use model::units::Span;
use serde::{Deserialize, Serialize};
use state_machine::{ItemState, Run, RunEnd, RunState, State};

/// A run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunView {
    /// Its id.
    pub id: String,
    /// The era in which it runs.
    #[serde(default)]
    pub era: Era,
    /// The incident that it answers.
    pub incident: String,
    /// Its runbook.
    pub runbook: RunbookName,
    /// How it ended; none while it is under way.
    pub end: Option<RunEnd>,
    /// By log time.
    pub started_at_ms: u64,
    /// By log time.
    pub ended_at_ms: Option<u64>,
    /// How long the plan was expected to take.
    pub forecast: Span,
    /// How many items stand where.
    pub counts: BTreeMap<ItemState, usize>,
    /// VMs that fit nowhere.
    pub shed: Vec<model::plan::Shed>,
    /// Each item; only when one run is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ItemView>,
}

/// An item of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ItemView {
    /// `step/item`.
    pub item: String,
    /// What it does.
    pub action: model::action::Action,
    /// Where it stands.
    pub state: ItemState,
    /// Attempts so far.
    pub attempts: u32,
    /// By log time.
    pub started_at_ms: Option<u64>,
    /// By log time.
    pub ended_at_ms: Option<u64>,
    /// How the last attempt ended.
    pub outcome: Option<Outcome>,
}

fn item_views(run: &Run) -> Vec<ItemView> {
    run.plan
        .items
        .iter()
        .filter_map(|planned| {
            let record = run.items.get(&planned.item)?;
            Some(ItemView {
                item: planned.item.to_string(),
                action: planned.action.clone(),
                state: record.state,
                attempts: record.attempts,
                started_at_ms: record.started_at.map(|at| at.0),
                ended_at_ms: record.ended_at.map(|at| at.0),
                outcome: record.outcome.clone(),
            })
        })
        .collect()
}

pub(super) fn views(state: &State, with_items: bool) -> Vec<RunView> {
    state
        .runs
        .values()
        .map(|run| {
            let mut counts = BTreeMap::new();
            for record in run.items.values() {
                *counts.entry(record.state).or_default() += 1;
            }
            RunView {
                id: run.id.to_string(),
                era: state.era,
                incident: run.incident.to_string(),
                runbook: run.runbook.clone(),
                end: match &run.state {
                    RunState::Running => None,
                    RunState::Ended { end } => Some(end.clone()),
                },
                started_at_ms: run.started_at.0,
                ended_at_ms: run.ended_at.map(|at| at.0),
                forecast: run.plan.forecast,
                counts,
                shed: run.plan.shed.clone(),
                items: if with_items { item_views(run) } else { Vec::new() },
            }
        })
        .collect()
}
