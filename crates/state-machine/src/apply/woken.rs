//! What a person's word on an item wakes: whatever was skipped because of it waits again.

use std::collections::BTreeSet;

use model::action::Action;
use model::id::RunId;
use model::step::{ItemRef, StepKey};

use crate::approval::Question;
use crate::state::{ItemState, Run, State};

/// The items that were skipped, not by a person, and that need this one however far back.
pub(super) fn by(run: &Run, item: &ItemRef) -> Vec<ItemRef> {
    let mut reached = BTreeSet::from([item]);
    let mut woken = Vec::new();
    // The plan's order respects needs.
    for planned in &run.plan.items {
        let skipped = run.items.get(&planned.item).is_some_and(|record| {
            record.state == ItemState::Skipped && record.passed_over_by.is_none()
        });
        if skipped && planned.needs.iter().any(|need| reached.contains(need)) {
            reached.insert(&planned.item);
            woken.push(planned.item.clone());
        }
    }
    woken
}

pub(super) fn wake(state: &mut State, run: RunId, woken: &[ItemRef]) {
    for item in woken {
        words_are_spent(state, run, item);
        let record = state.runs.get_mut(&run).and_then(|run| run.items.get_mut(item));
        let Some(record) = record else { continue };
        // Its attempts count on: an order of an earlier one may still be on its way.
        record.state = ItemState::Waiting;
        record.outcome = None;
        record.ended_at = None;
    }
}

/// What persons said of a task that has failed is of the attempt that is over.
pub(super) fn words_are_spent(state: &mut State, run: RunId, item: &ItemRef) {
    let task = state.runs.get(&run).and_then(|run| run.item(item));
    if task.is_some_and(|(planned, _)| matches!(planned.action, Action::Manual(_))) {
        let key = StepKey { era: state.era, run, item: item.clone() };
        state.approvals.remove(&Question::Step { key });
    }
}
