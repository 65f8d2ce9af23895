//! An item of a run, and what may happen to it.

use model::action::Action;
use model::plan::PlannedItem;
use model::step::StepKey;
use runbook::step_log::{self, Event, ItemState};

use super::premise;
use crate::rejection::Rejection;
use crate::state::{ItemRecord, Run, State};

/// An item of a running run, with its plan.
pub(super) struct Item<'a> {
    pub(super) planned: &'a PlannedItem,
    pub(super) record: &'a ItemRecord,
}

impl Item<'_> {
    pub(super) fn action(&self) -> &Action {
        &self.planned.action
    }

    /// The state that this event leads to, by the transition table.
    pub(super) fn after(&self, key: &StepKey, event: Event) -> Result<ItemState, Rejection> {
        step_log::next(self.record.state, event).map_err(|no| illegal(key, no.to_string()))
    }
}

/// The item that a key names.
pub(super) fn item<'a>(state: &'a State, key: &StepKey) -> Result<Item<'a>, Rejection> {
    if key.era != state.era {
        return Err(Rejection::WrongEra { entry: key.era, current: state.era });
    }
    let run = premise::running_run(state, key.run)?;
    let Some((planned, record)) = run.item(&key.item) else {
        return Err(illegal(key, "the plan has no such item"));
    };
    Ok(Item { planned, record })
}

/// The record of an item, to be changed once every premise holds.
pub(super) fn record_mut<'a>(state: &'a mut State, key: &StepKey) -> Option<&'a mut ItemRecord> {
    let Run { items, .. } = state.runs.get_mut(&key.run)?;
    items.get_mut(&key.item)
}

/// Says no with a reason.
pub(super) fn illegal(key: &StepKey, reason: impl Into<String>) -> Rejection {
    Rejection::IllegalStep { key: key.clone(), reason: reason.into() }
}
