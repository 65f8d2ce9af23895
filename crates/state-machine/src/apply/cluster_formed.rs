//! The cluster's first entry.

use std::collections::{BTreeMap, BTreeSet};

use crate::rejection::Rejection;
use crate::state::{Member, State};

pub(super) fn apply(state: &mut State, members: &[Member]) -> Result<(), Rejection> {
    if !state.members.is_empty() {
        return Err(Rejection::AlreadyFormed);
    }
    let mut rooms = BTreeSet::new();
    let mut by_id = BTreeMap::new();
    for member in members {
        let twice = by_id.insert(member.controller, member.clone()).is_some();
        if !rooms.insert(&member.room) || twice {
            return Err(Rejection::TwoControllersInOneRoom { room: member.room.to_string() });
        }
    }
    state.members = by_id;
    state.apply_version = state.apply_version.max(1);
    Ok(())
}
