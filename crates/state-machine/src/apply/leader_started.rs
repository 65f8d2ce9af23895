//! A new leader's first own entry.

use model::id::ControllerId;

use super::premise;
use crate::rejection::Rejection;
use crate::state::{LeaderRecord, State};

pub(super) fn apply(
    state: &mut State,
    by: ControllerId,
    controller: ControllerId,
) -> Result<(), Rejection> {
    if by != controller {
        let leader = state.leader.as_ref().map(|leader| leader.controller);
        return Err(Rejection::NotLeading { by, leader });
    }
    if !state.members.is_empty() && !state.takes_part(controller) {
        return Err(premise::no_such("member", controller));
    }
    state.raise_epoch();
    state.leader = Some(LeaderRecord { controller, epoch: state.epoch, at: state.log_time });
    Ok(())
}
