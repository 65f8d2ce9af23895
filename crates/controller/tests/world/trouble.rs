//! What goes wrong with single steps: a fence that nothing proves, a VM that does not start, an
//! answer that is lost, an order that arrives twice.

use std::collections::BTreeSet;

use model::action::Action;
use model::call::Call;
use model::id::{HostId, RoomId, ServiceId, VmId};
use model::step::Outcome;
use state_machine::{Applied, Command};

use super::{CallResult, World};

#[derive(Clone, Debug, Default)]
pub struct Trouble {
    /// No rung proves anything of these.
    pub unfenceable: BTreeSet<HostId>,
    /// Hosts refuse to start these, for sure.
    pub stillborn: BTreeSet<VmId>,
    /// Nobody sees which side the storage layer serves.
    pub sides_unseen: bool,
    /// Users can't use these.
    pub sick: BTreeSet<ServiceId>,
    /// The next order about these is lost on its way, and nobody knows.
    pub swallowed: BTreeSet<VmId>,
    /// The first answer of each rung of these is lost.
    pub mute: BTreeSet<HostId>,
    muted: BTreeSet<(HostId, &'static str)>,
    /// Every order arrives twice at once and once more later; every entry is committed twice.
    pub repeats: bool,
    late: Vec<(u64, RoomId, Call)>,
}

/// A late copy of an order arrives so long after the first.
const LATE: u64 = 3000;

fn unknown(reason: &str) -> Outcome {
    Outcome::Unknown { reason: reason.to_owned() }
}

/// The host of a rung's call, and which rung.
fn rung(call: &Call) -> Option<(&HostId, &'static str)> {
    match call {
        Call::PowerOff { host } => Some((host, "power")),
        Call::CutStorage { host, .. } => Some((host, "storage")),
        Call::Withhold { host, .. } => Some((host, "lease")),
        _ => None,
    }
}

fn started(call: &Call) -> Option<&VmId> {
    match call {
        Call::StartVm { vm, .. } | Call::StartVmFromCopy { vm, .. } => Some(vm),
        _ => None,
    }
}

impl Trouble {
    /// What keeps this item from ever being done.
    pub fn at(&mut self, action: &Action) {
        match action {
            Action::FenceHost { host } => {
                self.unfenceable.insert(host.clone());
            }
            Action::VmStart { vm, .. }
            | Action::VmStartFromCopy { vm, .. }
            | Action::VmStop { vm, .. } => {
                self.stillborn.insert(vm.clone());
            }
            Action::StorageConfirmSide { .. } => self.sides_unseen = true,
            Action::ServiceCheck { service } => {
                self.sick.insert(service.clone());
            }
            // Persons who do not answer: see whoever plays them.
            Action::Approval { .. } | Action::Manual(_) => {}
        }
    }

    fn before(&mut self, call: &Call) -> Option<Outcome> {
        if let Some((host, _)) = rung(call)
            && self.unfenceable.contains(host)
        {
            return Some(unknown("no answer"));
        }
        let vm = started(call)?;
        if self.stillborn.contains(vm) {
            return Some(Outcome::Failed { reason: "the VM's disk is locked".to_owned() });
        }
        self.swallowed.remove(vm).then(|| unknown("no answer"))
    }

    fn after(&mut self, call: &Call, result: CallResult) -> CallResult {
        if let Some((host, rung)) = rung(call)
            && self.mute.contains(host)
            && self.muted.insert((host.clone(), rung))
        {
            return Err(unknown("the answer was lost"));
        }
        result
    }
}

impl World {
    /// A call arrives, for better or worse.
    pub(super) fn arrives(&mut self, from: &RoomId, call: &Call) -> CallResult {
        if let Some(outcome) = self.trouble.before(call) {
            return Err(outcome);
        }
        let result = self.carry_out(from, call);
        if self.trouble.repeats {
            let _ = self.carry_out(from, call);
            if started(call).is_some() {
                self.trouble.late.push((self.now + LATE, from.clone(), call.clone()));
            }
        }
        self.trouble.after(call, result)
    }

    /// Late copies of orders arrive; whatever is answered, nobody waits for it.
    pub(super) fn late_copies_arrive(&mut self) {
        let now = self.now;
        let late = std::mem::take(&mut self.trouble.late);
        let (due, later): (Vec<_>, Vec<_>) = late.into_iter().partition(|(at, ..)| *at <= now);
        self.trouble.late = later;
        for (_, from, call) in due {
            let _ = self.carry_out(&from, &call);
        }
    }

    /// Commits the same once more, as a leader might that did not hear that it was committed. What
    /// it says of a step or of the end of a run is true once.
    pub(super) fn commit_again(&mut self, leader: &RoomId, command: Command) {
        let once = match &command {
            Command::StepStarted { .. }
            | Command::StepSkipped { .. }
            | Command::RunStarted { .. }
            | Command::RunEnded { .. } => true,
            // Nobody knows, and nobody knows: that changes nothing.
            Command::StepFinished { outcome, .. } => !matches!(outcome, Outcome::Unknown { .. }),
            _ => false,
        };
        let words = format!("{command:?}");
        let again: Applied = self.commit(leader, command);
        assert!(!once || again.rejected.is_some(), "let through twice: {words}");
    }
}
