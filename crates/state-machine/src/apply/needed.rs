//! What an item needs, however far back. `needs` names the nearest only.

use std::collections::BTreeSet;

use model::plan::PlannedItem;
use model::step::ItemRef;

use crate::state::Run;

/// Everything that this item needs, the nearest first.
pub(super) fn by<'a>(run: &'a Run, item: &'a ItemRef) -> Vec<&'a PlannedItem> {
    let mut before = BTreeSet::from([item]);
    let mut needed = Vec::new();
    // The plan's order respects needs: from the back, each is reached before what it needs.
    for planned in run.plan.items.iter().rev() {
        if !before.contains(&planned.item) {
            continue;
        }
        if planned.item != *item {
            needed.push(planned);
        }
        before.extend(planned.needs.iter());
    }
    needed
}
