//! How an attempt ended.

use model::action::Action;
use model::observation::Target;
use model::seeded_bug::{SeededBug, seeded_bug};
use model::step::{Outcome, StepKey};
use runbook::step_log::Event;

use super::transition::{self, Item};
use crate::approval::Question;
use crate::rejection::Rejection;
use crate::state::State;

pub(super) fn apply(
    state: &mut State,
    key: &StepKey,
    attempt: u32,
    outcome: &Outcome,
    last: bool,
) -> Result<(), Rejection> {
    let item = transition::item(state, key)?;
    let next = item.after(key, Event::of(outcome, last))?;
    if attempt != item.record.attempts {
        return Err(transition::illegal(
            key,
            format!("attempt {attempt} is not the one under way, {}", item.record.attempts),
        ));
    }
    if outcome.is_done() {
        verified(state, key, &item)?;
    }
    // Seeded bug `unknown-is-failed`: the start is believed to have left nothing behind.
    let left_nothing = match item.action() {
        Action::VmStart { vm, host }
            if seeded_bug(SeededBug::UnknownIsFailed)
                && matches!(outcome, Outcome::Unknown { .. }) =>
        {
            Some((vm.clone(), host.clone()))
        }
        _ => None,
    };
    if let Some((vm, host)) = left_nothing
        && let Some(vm) = state.vms.get_mut(&vm)
    {
        vm.might_run_on.remove(&host);
    }
    let now = state.log_time;
    if let Some(record) = transition::record_mut(state, key) {
        record.state = next;
        record.outcome = Some(outcome.clone());
        record.ended_at = Some(now);
    }
    Ok(())
}

/// S5: what changes the world is done when the replicated state itself shows it.
fn verified(state: &State, key: &StepKey, item: &Item<'_>) -> Result<(), Rejection> {
    match item.action() {
        Action::FenceHost { host } => {
            let order = state.hosts.get(host).and_then(|record| record.fence.as_ref());
            match order {
                // Seeded bug `fence-done-when-ordered`: the order is taken for the proof.
                Some(_) if seeded_bug(SeededBug::FenceDoneWhenOrdered) => Ok(()),
                Some(order) if order.is_proved() => Ok(()),
                _ => Err(Rejection::NoProof {
                    reason: format!("no rung has proved host {host} fenced"),
                }),
            }
        }
        Action::VmStart { vm, host } | Action::VmStartFromCopy { vm, host } => {
            // Seeded bug `done-from-exit-code`: the order's answer is believed.
            if seeded_bug(SeededBug::DoneFromExitCode) {
                return Ok(());
            }
            let target = Target::Vm { vm: vm.clone(), host: host.clone() };
            if state.seen(&target).any(|(_, seen)| item.record.is_shown_started_by(key, seen)) {
                Ok(())
            } else {
                Err(Rejection::NoProof {
                    reason: format!(
                        "no probe saw VM {vm} running and booted on host {host} under this start"
                    ),
                })
            }
        }
        Action::Approval { quorum, .. } => {
            let asked = state.approval(&Question::Step { key: key.clone() });
            let by = asked.map_or(0, |approval| approval.given(state.log_time));
            if by >= *quorum {
                Ok(())
            } else {
                Err(Rejection::NoProof {
                    reason: format!("{by} persons have approved, {quorum} are needed"),
                })
            }
        }
        Action::Manual(task) => {
            let said = state.approval(&Question::Step { key: key.clone() });
            let by = said.map_or(0, |said| said.given(state.log_time));
            if by >= task.quorum.max(1) {
                Ok(())
            } else {
                Err(Rejection::NoProof {
                    reason: format!("{by} persons say that it is done, {} must", task.quorum),
                })
            }
        }
        Action::VmStop { .. } | Action::StorageConfirmSide { .. } | Action::ServiceCheck { .. } => {
            Ok(())
        }
    }
}
