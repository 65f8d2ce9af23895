//! Intent: committed before anything leaves (S3).

use std::collections::BTreeMap;

use model::action::Action;
use model::era::Token;
use model::id::{HostId, VmId};
use model::step::StepKey;
use runbook::step_log::Event;

use super::s9::{self, Start};
use super::{premise, s1, transition, winding_up};
use crate::effect::Effect;
use crate::rejection::Rejection;
use crate::state::{FenceOrder, Intended, ItemState, State};

pub(super) fn apply(
    state: &mut State,
    key: &StepKey,
    token: Token,
    attempt: u32,
) -> Result<Vec<Effect>, Rejection> {
    premise::not_paused(state)?;
    let item = transition::item(state, key)?;
    let next = item.after(key, Event::Started)?;
    if attempt != item.record.attempts.saturating_add(1) {
        return Err(transition::illegal(
            key,
            format!("attempt {attempt} does not follow attempt {}", item.record.attempts),
        ));
    }
    held_by_nobody(state, key)?;
    needs_are_over(state, key)?;
    let current = state.token();
    let below_the_last = item.record.token.is_some_and(|last| token < last);
    if token > current || token.era != current.era || below_the_last {
        return Err(Rejection::WrongToken { token, current });
    }
    let action = item.action().clone();
    let effect = match &action {
        Action::FenceHost { host } => order_fence(state, key, host)?,
        Action::VmStart { vm, host } => {
            let approved = state.loss_approved(key.run);
            s9::current_sides(state, &Start { id: vm, host, approved })?;
            start(state, vm, host, token)?;
            perform(key, token, attempt, action)
        }
        Action::VmStartFromCopy { vm, host } => {
            let approved = state.loss_approved(key.run);
            s9::current_copies(state, &Start { id: vm, host, approved })?;
            start(state, vm, host, token)?;
            s9::opened(state, vm);
            perform(key, token, attempt, action)
        }
        Action::VmStop { vm, host } => {
            premise::vm(state, vm)?;
            premise::host(state, host)?;
            perform(key, token, attempt, action)
        }
        Action::StorageConfirmSide { layer, room } => {
            s9::current_side(state, layer, room)?;
            perform(key, token, attempt, action)
        }
        Action::ServiceCheck { .. } | Action::Approval { .. } | Action::Manual(_) => {
            perform(key, token, attempt, action)
        }
    };
    let now = state.log_time;
    if let Some(record) = transition::record_mut(state, key) {
        record.state = next;
        record.attempts = attempt;
        record.token = Some(token);
        record.started_at.get_or_insert(now);
        record.attempt_started_at = Some(now);
        record.ended_at = None;
    }
    Ok(vec![effect])
}

fn perform(key: &StepKey, token: Token, attempt: u32, action: Action) -> Effect {
    Effect::Perform { key: key.clone(), token, attempt, action }
}

/// S8: no person holds the run, or has ended it.
fn held_by_nobody(state: &State, key: &StepKey) -> Result<(), Rejection> {
    let run = premise::running_run(state, key.run)?;
    let always = transition::item(state, key)?.planned.always;
    if let Some(pause) = run.pause.as_ref().filter(|_| run.is_paused(state.log_time)) {
        return Err(Rejection::Braked {
            reason: format!("{} is paused until {}: {}", run.id, pause.until, pause.reason),
        });
    }
    if let Some(aborted) = run.aborted.as_ref().filter(|_| !always) {
        return Err(Rejection::Braked {
            reason: format!("{} was aborted by {}: {}", run.id, aborted.by, aborted.reason),
        });
    }
    Ok(())
}

fn needs_are_over(state: &State, key: &StepKey) -> Result<(), Rejection> {
    let run = premise::running_run(state, key.run)?;
    let item = transition::item(state, key)?;
    if item.planned.always {
        return winding_up::is_due(run, key, item.planned);
    }
    for need in item.planned.needs.iter() {
        let known = run.item(need).filter(|(_, record)| record.state.is_over());
        let Some((planned, record)) = known else {
            return Err(transition::illegal(key, format!("{need} is not over")));
        };
        // A "no" that is over is still a no.
        if matches!(planned.action, Action::Approval { .. }) && record.state != ItemState::Succeeded
        {
            return Err(transition::illegal(key, format!("{need} was not approved")));
        }
    }
    Ok(())
}

/// Orders a fence, or joins the order in force: two orders for one host would make the proof of
/// the first worthless to the second.
fn order_fence(state: &mut State, key: &StepKey, host: &HostId) -> Result<Effect, Rejection> {
    let record = premise::host(state, host)?;
    if let Some(order) = &record.fence {
        return Ok(Effect::Fence { host: host.clone(), token: order.token });
    }
    state.raise_epoch();
    let (token, at) = (state.token(), state.log_time);
    if let Some(record) = state.hosts.get_mut(host) {
        record.admitted = None;
        record.fence = Some(FenceOrder {
            token,
            at,
            step: key.clone(),
            withheld: Vec::new(),
            proofs: Vec::new(),
            attested: Vec::new(),
        });
    }
    Ok(Effect::Fence { host: host.clone(), token })
}

fn start(state: &mut State, id: &VmId, target: &HostId, token: Token) -> Result<(), Rejection> {
    let vm = premise::vm(state, id)?;
    let host = premise::host(state, target)?;
    if vm.intended == Intended::StoppedOnPurpose {
        return Err(Rejection::StoppedOnPurpose { vm: id.clone() });
    }
    if !host.may_start() {
        return Err(Rejection::Quarantined { host: target.clone() });
    }
    let admitted = host.admitted.as_ref().map(|admission| admission.token).unwrap_or_default();
    // Below the admission the agent refuses; below where the VM is placed, another start of it
    // has been let through since.
    let placed = vm.placed.as_ref().map(|(_, token)| *token).unwrap_or_default();
    if token < admitted || token < placed {
        return Err(Rejection::WrongToken { token, current: state.token() });
    }
    s1::one_owner(state, id, vm, target)?;
    if let Some(vm) = state.vms.get_mut(id) {
        vm.placed = Some((target.clone(), token));
        vm.might_run_on = BTreeMap::from([(target.clone(), token)]);
    }
    Ok(())
}
