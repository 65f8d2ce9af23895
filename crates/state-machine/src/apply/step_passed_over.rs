//! A person lets a run go on without an item: what needs it does not wait for it. Never without
//! what holds the others back for their safety: a fence, the side of the storage, an approval.

use model::action::Action;
use model::id::PersonId;
use model::step::{Outcome, StepKey};
use runbook::step_log::Event;

use super::{needed, one_run_a_vm, premise, transition, woken};
use crate::rejection::Rejection;
use crate::state::{ItemState, Run, State};

pub(super) fn apply(
    state: &mut State,
    key: &StepKey,
    person: Option<&PersonId>,
    reason: &str,
) -> Result<(), Rejection> {
    let item = transition::item(state, key)?;
    let only_waits = item.action().only_waits();
    let next = item.after(key, Event::PassedOver { only_waits })?;
    let person = premise::person(person)?;
    premise::says_why(reason)?;
    let run = premise::open_run(state, key.run)?;
    holds_nobody_back(run, key, item.action())?;
    hides_nothing(run, key)?;
    let woken = woken::by(run, &key.item);
    let vms = run.plan.items.iter().filter(|planned| woken.contains(&planned.item));
    let vms = vms.filter_map(|planned| planned.action.starts()).map(|(vm, _)| vm).collect();
    one_run_a_vm::check(state, Some(key.run), &vms)?;
    let (now, person) = (state.log_time, person.clone());
    if let Some(record) = transition::record_mut(state, key) {
        record.state = next;
        record.ended_at = Some(now);
        record.outcome =
            Some(Outcome::Refused { reason: format!("passed over by {person}: {reason}") });
        record.passed_over_by = Some(person);
    }
    woken::wake(state, key.run, &woken);
    Ok(())
}

/// What needs this item may need an approval, or a side of the storage, through it alone: once it is
/// passed over nothing would wait for them any more.
fn hides_nothing(run: &Run, key: &StepKey) -> Result<(), Rejection> {
    let is_needed = run.plan.items.iter().any(|planned| planned.needs.contains(&key.item));
    let missing = needed::by(run, &key.item).into_iter().find(|planned| {
        let done = run.items.get(&planned.item).map(|record| record.state);
        matches!(planned.action, Action::Approval { .. } | Action::StorageConfirmSide { .. })
            && done != Some(ItemState::Succeeded)
    });
    match missing.filter(|_| is_needed) {
        Some(missing) => Err(transition::illegal(
            key,
            format!(
                "{} comes before it and is not done: what follows waits for that",
                missing.item
            ),
        )),
        None => Ok(()),
    }
}

/// A VM started without the fence that it needs would be refused one by one by S1; a copy opened
/// without it, or a side that storage does not serve, might not be.
fn holds_nobody_back(run: &Run, key: &StepKey, action: &Action) -> Result<(), Rejection> {
    let what = match action {
        Action::Approval { .. } => {
            return Err(transition::illegal(
                key,
                "an approval is given by those who may, not passed over",
            ));
        }
        Action::FenceHost { .. } => "fence",
        Action::StorageConfirmSide { .. } => "side of the storage",
        Action::VmStart { .. }
        | Action::VmStartFromCopy { .. }
        | Action::VmStop { .. }
        | Action::ServiceCheck { .. }
        | Action::Manual(_) => return Ok(()),
    };
    match run.plan.items.iter().find(|planned| planned.needs.contains(&key.item)) {
        Some(planned) => Err(transition::illegal(
            key,
            format!("{} relies on this {what}: have it tried again instead", planned.item),
        )),
        None => Ok(()),
    }
}
