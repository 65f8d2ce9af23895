//! Items that run however their run ends: once all the others are over or will never start.

use model::action::{Action, Effects};
use model::plan::{OnFailure, PlannedItem};
use model::step::StepKey;

use super::{needed, transition};
use crate::rejection::Rejection;
use crate::state::{ItemState, Run};

/// Whether it is the turn of such an item.
pub(super) fn is_due(run: &Run, key: &StepKey, item: &PlannedItem) -> Result<(), Rejection> {
    let others = run.plan.items.iter().filter(|planned| !planned.always);
    let mut waits = None;
    let mut aborted = run.aborted.is_some();
    for planned in others {
        let Some(record) = run.items.get(&planned.item) else { continue };
        if record.state.is_under_way() {
            let says = format!("{} is under way, and this comes after everything", planned.item);
            return Err(transition::illegal(key, says));
        }
        aborted |= record.state == ItemState::Failed && planned.on_failure == OnFailure::Abort;
        if !record.state.is_over() {
            waits.get_or_insert(&planned.item);
        }
    }
    if let Some(waits) = waits.filter(|_| !aborted) {
        let says = format!("{waits} is not over, and this comes after everything");
        return Err(transition::illegal(key, says));
    }
    let always = |planned: &&PlannedItem| planned.always;
    for before in run.plan.items.iter().filter(always) {
        if item.needs.contains(&before.item) && !run.is_over(&before.item) {
            return Err(transition::illegal(key, format!("{} is not over", before.item)));
        }
    }
    if item.action.row().effects != Effects::Read
        && let Some(asked) = not_approved(run, item)
    {
        return Err(transition::illegal(key, format!("{} was not approved", asked.item)));
    }
    Ok(())
}

/// An approval before this item, however far back, that was not given. What changes the world waits
/// for it even where the order of everything else has ended.
fn not_approved<'a>(run: &'a Run, item: &'a PlannedItem) -> Option<&'a PlannedItem> {
    needed::by(run, &item.item).into_iter().find(|planned| {
        let record = run.items.get(&planned.item);
        let given = record.is_some_and(|record| record.state == ItemState::Succeeded);
        matches!(planned.action, Action::Approval { .. }) && !given
    })
}
