//! What the proof is made from: what there is, what was agreed, and how things stand.

use std::collections::{BTreeMap, BTreeSet};

use model::date::Date;
use model::estate::Estate;
use model::id::{CheckId, ControllerId, HostId, RunbookName, VmId};
use model::observation::Status;
use model::policy::Policy;
use model::units::Span;
use runbook::Runbook;

use crate::copies::Copies;

/// What the proof is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Situation {
    /// The estate.
    pub estate: Estate,
    /// The policy.
    pub policy: Policy,
    /// The runbooks, by name.
    pub runbooks: BTreeMap<RunbookName, Runbook>,
    /// How things stand.
    pub now: Now,
}

/// How things stand: what changes without another estate or policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Now {
    /// Where each VM runs, or was last placed.
    pub runs_on: BTreeMap<VmId, HostId>,
    /// The VMs that ought to run: not stopped on purpose, not worked on.
    pub wanted: BTreeSet<VmId>,
    /// The hosts that may start VMs.
    pub admitted: BTreeSet<HostId>,
    /// Hosts whose fence is proved.
    pub fenced: BTreeSet<HostId>,
    /// Hosts whose watchdog is armed: the lease rung proves nothing of others.
    pub armed: BTreeSet<HostId>,
    /// Which copies of volumes may be opened.
    pub copies: Copies,
    /// Controllers that do not answer.
    pub silent_controllers: BTreeSet<ControllerId>,
    /// What was last found of each readiness check; one that is absent was never made.
    pub checks: BTreeMap<CheckId, CheckFinding>,
    /// The day, for waivers; in UTC.
    pub today: Date,
}

/// What was last found of a readiness check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckFinding {
    /// Well, not well, or not known.
    pub status: Status,
    /// In the check's own words.
    pub says: String,
    /// How long ago it was last well; none if it never was.
    pub last_success_ago: Option<Span>,
}

impl Now {
    /// As an estate file has it, when nothing is known of how it runs: every VM at home, every host
    /// admitted, armed as written, every copy as far behind as it may be, no check made.
    pub fn at_home(estate: &Estate, today: Date) -> Self {
        let armed = estate
            .hosts
            .iter()
            .filter(|(_, host)| host.watchdog.is_some_and(|watchdog| watchdog.armed));
        let lost = estate
            .volumes
            .iter()
            .filter_map(|(id, volume)| Some((id.clone(), volume.replica.as_ref()?.behind)));
        Self {
            runs_on: estate.vms.iter().map(|(id, vm)| (id.clone(), vm.home.clone())).collect(),
            wanted: estate.vms.keys().cloned().collect(),
            admitted: estate.hosts.keys().cloned().collect(),
            fenced: BTreeSet::new(),
            armed: armed.map(|(id, _)| id.clone()).collect(),
            copies: Copies { lost: lost.collect(), ..Copies::default() },
            silent_controllers: BTreeSet::new(),
            checks: BTreeMap::new(),
            today,
        }
    }
}

impl Situation {
    /// The VMs of a set that ought to run and are somewhere.
    pub(super) fn wanted_of(&self, vms: impl IntoIterator<Item = VmId>) -> BTreeSet<VmId> {
        vms.into_iter()
            .filter(|vm| self.now.wanted.contains(vm) && self.now.runs_on.contains_key(vm))
            .collect()
    }
}
