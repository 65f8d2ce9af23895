//! A pause ends early.

use crate::state::State;

pub(super) fn apply(state: &mut State) {
    state.pause = None;
}
