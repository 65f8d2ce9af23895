//! A verdict.

use model::id::IncidentId;
use model::incident::{Cause, Evidence, Incident, Phase};
use model::seeded_bug::{SeededBug, other_replica, seeded_bug};
use model::time::LogTime;
use model::units::Span;

use super::{asking, premise, retention};
use crate::rejection::Rejection;
use crate::state::State;

pub(super) fn apply(
    state: &mut State,
    index: u64,
    cause: &Cause,
    evidence: &[Evidence],
    last_seen_up: LogTime,
    hold_off: Span,
) -> Result<(), Rejection> {
    exists(state, cause)?;
    if let Some(open) = state.open_incidents().find(|incident| incident.cause == *cause) {
        return Err(Rejection::AlreadyOpen { incident: open.id });
    }
    let least = premise::policy(state)?.class(cause.class()).hold_off;
    if hold_off < least {
        return Err(Rejection::Braked {
            reason: format!("the policy's hold-off for {} is {least}", cause.class()),
        });
    }
    not_under_maintenance(state, cause)?;

    let id = IncidentId(index);
    // Seeded bug `clock-in-apply`: a clock of this room's own, instead of the log's time.
    let opened_at = if seeded_bug(SeededBug::ClockInApply) {
        LogTime(state.log_time.0 + other_replica() % 400)
    } else {
        state.log_time
    };
    state.incidents.insert(
        id,
        Incident {
            id,
            cause: cause.clone(),
            evidence: evidence.to_vec(),
            last_seen_up: last_seen_up.min(opened_at),
            opened_at,
            hold_off_ends: opened_at.after(hold_off),
            phase: Phase::Open,
            runs: Vec::new(),
            ended_at: None,
            end_reason: None,
        },
    );
    if let Some(approval) = asking::of(state, id) {
        state.approvals.insert(approval.question.clone(), approval);
    }
    retention::incidents(state);
    Ok(())
}

/// Whether the estate has what is said to be lost.
pub(super) fn exists(state: &State, cause: &Cause) -> Result<(), Rejection> {
    let estate = premise::estate(state)?;
    match cause {
        Cause::VmLost { vm, host } => {
            premise::vm(state, vm)?;
            premise::host(state, host)?;
        }
        Cause::HostLost { host } => {
            premise::host(state, host)?;
        }
        Cause::ArrayLost { array } => {
            estate.arrays.get(array).ok_or_else(|| premise::no_such("array", array))?;
        }
        Cause::LinkLost { link } => {
            estate.links.get(link).ok_or_else(|| premise::no_such("link", link))?;
        }
        Cause::ControllerLost { controller } => {
            if !estate.rooms.values().any(|room| room.controller == *controller) {
                return Err(premise::no_such("controller", controller));
            }
        }
        Cause::RoomLost { room } => premise::room(state, room)?,
        Cause::StorageSideLost { layer, room } => {
            estate
                .storage_layers
                .get(layer)
                .ok_or_else(|| premise::no_such("storage layer", layer))?;
            premise::room(state, room)?;
        }
        Cause::StorageLayerLost { layer } => {
            estate
                .storage_layers
                .get(layer)
                .ok_or_else(|| premise::no_such("storage layer", layer))?;
        }
        Cause::ProductionLost => {}
    }
    Ok(())
}

/// The silence of what is being worked on is no incident.
fn not_under_maintenance(state: &State, cause: &Cause) -> Result<(), Rejection> {
    let what = match cause {
        Cause::VmLost { vm, host } => {
            let vm_until = premise::vm(state, vm)?.maintenance.as_ref();
            state.host_in_maintenance(host, state.log_time)
                || vm_until.is_some_and(|m| m.until > state.log_time)
        }
        Cause::HostLost { host } => state.host_in_maintenance(host, state.log_time),
        Cause::RoomLost { room } | Cause::StorageSideLost { room, .. } => {
            state.room_in_maintenance(room, state.log_time)
        }
        Cause::ArrayLost { .. }
        | Cause::LinkLost { .. }
        | Cause::ControllerLost { .. }
        | Cause::StorageLayerLost { .. }
        | Cause::ProductionLost => false,
    };
    if what {
        return Err(Rejection::Braked { reason: format!("{cause}: it is under maintenance") });
    }
    Ok(())
}
