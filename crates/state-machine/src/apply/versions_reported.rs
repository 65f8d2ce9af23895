//! A member says which versions of `apply` its binary carries.

use model::id::ControllerId;

use crate::rejection::Rejection;
use crate::state::{State, Versions};

pub(super) fn apply(
    state: &mut State,
    controller: ControllerId,
    oldest: u32,
    newest: u32,
) -> Result<(), Rejection> {
    if !state.members.contains_key(&controller) {
        return Err(super::premise::no_such("member", controller));
    }
    state.versions.insert(controller, Versions { oldest, newest });
    Ok(())
}
