//! What a person's word on an item wakes: whatever was skipped because of it waits again.

use std::collections::BTreeSet;

use model::id::RunId;
use model::step::ItemRef;

use crate::state::{ItemRecord, ItemState, Run, State};

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
    let Some(run) = state.runs.get_mut(&run) else { return };
    for item in woken {
        if let Some(record) = run.items.get_mut(item) {
            *record = ItemRecord::waiting(record.index);
        }
    }
}
