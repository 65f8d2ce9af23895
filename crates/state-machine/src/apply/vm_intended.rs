//! What a VM ought to be.

use model::id::VmId;

use super::premise;
use crate::rejection::Rejection;
use crate::state::{Intended, State};

pub(super) fn apply(state: &mut State, vm: &VmId, intended: Intended) -> Result<(), Rejection> {
    premise::vm(state, vm)?;
    if let Some(record) = state.vms.get_mut(vm) {
        record.intended = intended;
    }
    Ok(())
}
