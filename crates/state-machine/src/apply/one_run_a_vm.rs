//! Two runs that start one VM would each believe that the other's start is their own.

use std::collections::BTreeSet;

use model::id::{RunId, VmId};

use crate::rejection::Rejection;
use crate::state::State;

/// `own`: the run that is to start them, if it is under way already.
pub(super) fn check(
    state: &State,
    own: Option<RunId>,
    vms: &BTreeSet<&VmId>,
) -> Result<(), Rejection> {
    for run in state.running_runs().filter(|run| Some(run.id) != own) {
        let shared = run
            .plan
            .items
            .iter()
            .filter(|planned| !run.is_over(&planned.item))
            .filter_map(|planned| planned.action.starts())
            .map(|(vm, _)| vm)
            .find(|vm| vms.contains(vm));
        if let Some(vm) = shared {
            return Err(Rejection::Braked { reason: format!("{} is starting VM {vm}", run.id) });
        }
    }
    Ok(())
}
