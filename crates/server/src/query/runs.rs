use std::collections::BTreeMap;

use model::era::Era;
use model::id::{PersonId, RunbookName};
use model::step::{ItemRef, Outcome, StepKey};
use model::units::Span;
use serde::{Deserialize, Serialize};
use state_machine::{Aborted, ItemState, Question, Run, RunEnd, RunState, State};

use super::incidents::ApprovalView;

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
    /// A person holds it until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<PauseView>,
    /// A person has ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aborted: Option<AbortedView>,
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
    /// What persons have said, of an item that waits for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<ApprovalView>,
}

/// A pause of one run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PauseView {
    /// Its end, by log time.
    pub until_ms: u64,
    /// Why.
    pub reason: String,
}

/// A person's word that a run is to end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AbortedView {
    /// Whose.
    pub by: PersonId,
    /// When, by log time.
    pub at_ms: u64,
    /// Why.
    pub reason: String,
}

impl AbortedView {
    pub(super) fn of(aborted: &Aborted) -> Self {
        let Aborted { by, at, reason } = aborted.clone();
        Self { by, at_ms: at.0, reason }
    }
}

fn item_views(state: &State, run: &Run) -> Vec<ItemView> {
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
                said: said(state, run, &planned.item),
            })
        })
        .collect()
}

fn said(state: &State, run: &Run, item: &ItemRef) -> Option<ApprovalView> {
    let key = StepKey { era: state.era, run: run.id, item: item.clone() };
    let said = state.approval(&Question::Step { key })?;
    Some(ApprovalView::of(said, state.log_time))
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
                pause: run.pause.as_ref().filter(|_| run.is_paused(state.log_time)).map(|pause| {
                    PauseView { until_ms: pause.until.0, reason: pause.reason.clone() }
                }),
                aborted: run.aborted.as_ref().map(AbortedView::of),
                shed: run.plan.shed.clone(),
                items: if with_items { item_views(state, run) } else { Vec::new() },
            }
        })
        .collect()
}
