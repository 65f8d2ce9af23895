//! A host is let in again.

use model::action::Action;
use model::era::{Epoch, Token};
use model::id::HostId;
use model::observation::{Status, Target};

use super::premise;
use crate::rejection::Rejection;
use crate::state::{Admission, FenceOrder, State};

pub(super) fn apply(
    state: &mut State,
    host: &HostId,
    boot: &str,
    sealed_below: Token,
) -> Result<(), Rejection> {
    premise::not_paused(state)?;
    let record = premise::host(state, host)?;
    let current = state.token();
    if boot.is_empty() {
        return Err(Rejection::NoProof { reason: format!("host {host} did not tell its boot") });
    }
    if record.former_boot.as_deref() == Some(boot) && record.boot.as_deref() != Some(boot) {
        // Its word of the boot that runs now would be taken for late word of a former one.
        return Err(Rejection::NoProof {
            reason: format!("host {host} has booted again since its agent sealed"),
        });
    }
    let order = record.fence.as_ref().map(|order| order.token).unwrap_or_default();
    let highest_placed =
        state.vms.values().filter_map(|vm| vm.might_run_on.get(host)).max().copied();
    let too_low = sealed_below < order || highest_placed.is_some_and(|p| sealed_below <= p);
    // The agent was asked for the token that this admission raises to: it may seal below that.
    let next = Token { epoch: Epoch(current.epoch.0.saturating_add(1)), ..current };
    if sealed_below > next || sealed_below.era != current.era || too_low {
        return Err(Rejection::WrongToken { token: sealed_below, current });
    }
    no_fence_under_way(state, host)?;
    nothing_opened_elsewhere(state, host)?;

    state.raise_epoch();
    let token = state.token();
    let seen_up: Vec<_> = state
        .vms
        .iter()
        .filter(|(_, vm)| vm.might_run_on.contains_key(host))
        .filter(|(id, _)| {
            let target = Target::Vm { vm: (*id).clone(), host: host.clone() };
            state.seen(&target).any(|(_, seen)| seen.status == Status::Up)
        })
        .map(|(id, _)| id.clone())
        .collect();
    for (id, vm) in &mut state.vms {
        // The agent holds no VM of an older token and refuses to start one. A probe that says
        // otherwise is believed: that VM stays where it might be running.
        if vm.might_run_on.contains_key(host) && !seen_up.contains(id) {
            vm.sealed.insert(host.clone(), sealed_below);
        }
    }
    let estate = state.estate.as_ref().map(|estate| &estate.value);
    if let Some(room) = estate.and_then(|e| e.hosts.get(host)).map(|host| host.room.clone()) {
        state.rooms_gone.remove(&room);
    }
    if let Some(record) = state.hosts.get_mut(host) {
        record.admitted = Some(Admission { token, boot: boot.to_owned() });
        // What was armed in a former boot says nothing of this one.
        record.armed = record.armed.take().filter(|armed| armed.boot == boot);
        // Grants named it as fenced once a rung had proved.
        record.perhaps_not_asked |= record.fence.as_ref().is_some_and(FenceOrder::is_proved);
        record.fence = None;
        if let Some(former) = record.boot.replace(boot.to_owned()).filter(|old| old != boot) {
            record.former_boot = Some(former);
        }
    }
    Ok(())
}

/// S4: past the point of no return. What this host would open was opened from its copy in another
/// room, and is old here until a person has brought the data back.
fn nothing_opened_elsewhere(state: &State, host: &HostId) -> Result<(), Rejection> {
    let Some(host) = premise::estate(state)?.hosts.get(host) else { return Ok(()) };
    for volume in &host.volumes {
        if let Some(room) = state.opened_in(volume).filter(|room| **room != host.room) {
            let (volume, room) = (volume.clone(), room.clone());
            return Err(Rejection::OpenedElsewhere { volume, room });
        }
    }
    Ok(())
}

/// A run that is about to start a host's VMs elsewhere must not lose its fence in between.
fn no_fence_under_way(state: &State, host: &HostId) -> Result<(), Rejection> {
    for run in state.running_runs() {
        let fences = run.plan.items.iter().any(|planned| {
            matches!(&planned.action, Action::FenceHost { host: fenced } if fenced == host)
        });
        if fences {
            return Err(Rejection::Braked { reason: format!("{} fences host {host}", run.id) });
        }
    }
    Ok(())
}
