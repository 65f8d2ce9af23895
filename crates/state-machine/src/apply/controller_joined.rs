//! A new controller votes in place of the one that its room had.

use model::id::ControllerId;
use model::incident::{Cause, Phase};
use model::observation::Target;

use crate::rejection::Rejection;
use crate::state::{Member, State};

pub(super) fn apply(state: &mut State, controller: ControllerId) -> Result<(), Rejection> {
    let Some(room) = state.joining.get(&controller).cloned() else {
        return Err(Rejection::MayNotJoin {
            reason: format!("{controller} has shown no token, or votes already"),
        });
    };
    state.joining.remove(&controller);
    let replaced: Vec<ControllerId> = state
        .members
        .values()
        .filter(|member| member.room == room)
        .map(|member| member.controller)
        .collect();
    for old in replaced {
        retire(state, old);
    }
    state.members.insert(controller, Member { controller, room });
    state.name_members_in_estate();
    Ok(())
}

fn retire(state: &mut State, old: ControllerId) {
    state.members.remove(&old);
    state.versions.remove(&old);
    state.addresses.remove(&old);
    state.retired.insert(old);
    state.observations.remove(&Target::Controller { controller: old });
    let now = state.log_time;
    let gone = Cause::ControllerLost { controller: old };
    // Nobody will hear of it again, so nothing else would end this.
    for incident in state.incidents.values_mut() {
        if incident.cause == gone && incident.ended_at.is_none() {
            incident.phase = Phase::Closed;
            incident.ended_at = Some(now);
            incident.end_reason = Some(format!("{old} was replaced"));
        }
    }
}
