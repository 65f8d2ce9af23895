//! Proposals on their way: none is made twice while its answer is awaited, and one that `apply`
//! has rejected waits a little before it is made again.

use std::collections::BTreeMap;

use model::id::{HostId, IncidentId, RunId};
use model::incident::Cause;
use model::step::StepKey;
use model::time::Monotonic;
use model::units::Span;
use state_machine::Command;

/// What a proposal is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum About {
    Leading,
    Verdict(Cause),
    Incident(IncidentId),
    Step(StepKey),
    Run(RunId),
    Withheld(HostId),
    Proof(HostId, model::fence::Rung),
    Admission(HostId),
}

/// A proposal of which nothing is heard for so long is made again.
const UNHEARD: Span = Span::from_secs(5);
const AFTER_REJECTION: Span = Span::from_secs(1);
const AFTER_FAILURE: Span = Span::from_millis(300);

/// Proposals on their way, with when each may be made again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pending {
    again_at: BTreeMap<About, Monotonic>,
}

impl Pending {
    pub(crate) fn may_propose(&self, about: &About, now: Monotonic) -> bool {
        self.again_at.get(about).is_none_or(|again| now >= *again)
    }

    pub(crate) fn proposed(&mut self, about: About, now: Monotonic) {
        self.again_at.insert(about, now.after(UNHEARD));
    }

    /// Something else is to be proposed about the same at once.
    pub(crate) fn forget(&mut self, about: &About) {
        self.again_at.remove(about);
    }

    pub(crate) fn applied(&mut self, command: &Command, rejected: bool, now: Monotonic) {
        if let Some(about) = about(command) {
            if rejected {
                self.again_at.insert(about, now.after(AFTER_REJECTION));
            } else {
                self.again_at.remove(&about);
            }
        }
    }

    /// Some proposal was not committed; which is not said.
    pub(crate) fn failed(&mut self, now: Monotonic) {
        let soon = now.after(AFTER_FAILURE);
        for again in self.again_at.values_mut() {
            *again = (*again).min(soon);
        }
    }
}

/// What a command is about, if it is one that a leader makes by itself.
pub(crate) fn about(command: &Command) -> Option<About> {
    Some(match command {
        Command::LeaderStarted { .. } => About::Leading,
        Command::IncidentOpened { cause, .. } => About::Verdict(cause.clone()),
        Command::IncidentEnded { incident, .. }
        | Command::IncidentAbsorbed { incident, .. }
        | Command::WouldRun { incident, .. }
        | Command::RunStarted { incident, .. } => About::Incident(*incident),
        Command::StepStarted { key, .. }
        | Command::StepFinished { key, .. }
        | Command::StepSkipped { key, .. } => About::Step(key.clone()),
        Command::RunEnded { run, .. } => About::Run(*run),
        Command::Withheld { host, .. } => About::Withheld(host.clone()),
        Command::FenceProved { proof } => About::Proof(proof.target.clone(), proof.evidence.rung()),
        Command::HostAdmitted { host, .. } => About::Admission(host.clone()),
        Command::ClusterFormed { .. }
        | Command::JoinTokenMade { .. }
        | Command::ControllerJoining { .. }
        | Command::ControllerJoined { .. }
        | Command::VersionsReported { .. }
        | Command::ApplyVersionRaised { .. }
        | Command::EstateLoaded { .. }
        | Command::Observed { .. }
        | Command::IncidentApproved { .. }
        | Command::Attested { .. }
        | Command::StepApproved { .. }
        | Command::StepDone { .. }
        | Command::StepCannot { .. }
        | Command::StepRetried { .. }
        | Command::StepPassedOver { .. }
        | Command::RunPaused { .. }
        | Command::RunResumed { .. }
        | Command::RunAborted { .. }
        | Command::HostArmed { .. }
        | Command::VmIntended { .. }
        | Command::Paused { .. }
        | Command::Resumed
        | Command::MaintenanceSet { .. }
        | Command::EraOpened { .. }
        | Command::OrphanHeard { .. } => return None,
    })
}
