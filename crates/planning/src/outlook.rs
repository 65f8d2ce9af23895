//! The plan that a runbook would make for a cause, if it happened now and all was well before:
//! every VM at home, every host admitted, every copy as far behind as the estate says.

use std::collections::{BTreeMap, BTreeSet};

use model::estate::Estate;
use model::id::{HostId, VmId};
use model::incident::Cause;
use model::plan::Plan;
use model::policy::Policy;
use runbook::Runbook;

use crate::copies::Copies;
use crate::expand::{ExpandError, View, expand};
use crate::lost::lost_vms;

/// The plan for this cause.
pub fn outlook(
    runbook: &Runbook,
    cause: &Cause,
    estate: &Estate,
    policy: &Policy,
) -> Result<Plan, ExpandError> {
    let runs_on: BTreeMap<VmId, HostId> =
        estate.vms.iter().map(|(id, vm)| (id.clone(), vm.home.clone())).collect();
    let admitted: BTreeSet<HostId> = estate.hosts.keys().cloned().collect();
    let restart = lost_vms(estate, cause, &runs_on);
    let behind = estate
        .volumes
        .iter()
        .filter_map(|(id, volume)| Some((id.clone(), volume.replica.as_ref()?.behind)));
    let copies = Copies { lost: behind.collect(), ..Copies::default() };
    let view = View {
        estate,
        starts: policy.starts,
        admitted: &admitted,
        fenced: &BTreeSet::new(),
        runs_on: &runs_on,
        might_run_on: &BTreeMap::new(),
        restart: &restart,
        copies: &copies,
        level: policy.class(cause.class()).autonomy,
    };
    expand(runbook, cause, &view)
}
