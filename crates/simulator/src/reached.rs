//! What a run reached: faults that lead nowhere prove nothing.

use std::collections::BTreeSet;

use model::action::Action;
use model::units::Span;
use state_machine::{Applied, Command, Effect, Rejection};

use crate::fact::Fact;

/// Names of what was reached.
#[derive(Debug, Default)]
pub(crate) struct Reached {
    names: BTreeSet<String>,
    /// Step keys with an intent and no outcome yet, each with who stamped it.
    under_way: BTreeSet<(model::step::StepKey, model::id::ControllerId)>,
    proved: BTreeSet<(model::id::HostId, &'static str)>,
}

impl Reached {
    fn note(&mut self, name: impl Into<String>) {
        self.names.insert(name.into());
    }

    pub(crate) fn take(&mut self, fact: &Fact) {
        match fact {
            Fact::HostDown { why: "watchdog", .. } => self.note("stopped-by-lease"),
            Fact::HostIsolated { isolated: true, .. } => self.note("host-cut-off"),
            Fact::OrderRefused { promise_held: true, .. } => {
                self.note("promise-kept-against-an-order");
            }
            Fact::OrderRefused { reason, .. } => {
                self.note("order-refused");
                if reason.contains("token") {
                    self.note("older-token-refused");
                }
            }
            Fact::ControllerWoke { deposed: true, .. } => self.note("leader-woke-deposed"),
            Fact::ControllerStopped { .. } => self.note("controller-stopped-by-its-disk"),
            Fact::VmEnded { why: "died while starting", .. } => self.note("vm-died-starting"),
            Fact::Promised { .. } => self.note("promise-given"),
            Fact::GuardianPromised { .. } => self.note("guardian-promised"),
            Fact::LeftBehind { .. } => self.note("older-era-refused"),
            Fact::StorageSide { elected: Some(_), .. } => self.note("storage-elected"),
            Fact::VolumeOpened { missing, .. } if *missing > Span::ZERO => {
                self.note("volume-opened-that-lacks-writes");
            }
            Fact::ControllerKilled { node, led: true } => {
                self.note("leader-killed");
                if self.under_way.iter().any(|(_, by)| by == node) {
                    self.note("leader-killed-between-intent-and-outcome");
                }
            }
            Fact::Applied { entry, applied, replayed: false, .. } => {
                let rejected = applied.rejected.is_some();
                match &applied.rejected {
                    Some(Rejection::StaleSide { .. } | Rejection::StaleLayer { .. }) => {
                        self.note("stale-side-refused");
                    }
                    Some(Rejection::OldCopy { .. }) => self.note("old-copy-refused"),
                    Some(Rejection::OpenedElsewhere { .. }) => self.note("old-storage-refused"),
                    _ => {}
                }
                self.effect(applied);
                self.entry(&entry.command, entry.by, rejected);
            }
            _ => {}
        }
    }

    /// What persons and copies lead to.
    fn effect(&mut self, applied: &Applied) {
        let from_copy = |effect: &Effect| {
            matches!(effect, Effect::Perform { action: Action::VmStartFromCopy { .. }, .. })
        };
        if applied.effects.iter().any(from_copy) {
            self.note("start-from-copy");
        }
    }

    fn entry(&mut self, command: &Command, by: model::id::ControllerId, rejected: bool) {
        if rejected {
            if matches!(
                command,
                Command::IncidentApproved { .. }
                    | Command::StepApproved { .. }
                    | Command::StepDone { .. }
                    | Command::StepCannot { .. }
                    | Command::StepRetried { .. }
                    | Command::StepPassedOver { .. }
                    | Command::RunPaused { .. }
                    | Command::RunResumed { .. }
                    | Command::RunAborted { .. }
                    | Command::Attested { .. }
            ) {
                self.note("word-of-a-person-refused");
            }
            if matches!(command, Command::StepStarted { .. }) {
                self.note("intent-rejected");
            }
            return;
        }
        match command {
            Command::IncidentOpened { cause, .. } => {
                self.note(format!("verdict-{}", cause.class()))
            }
            Command::IncidentEnded { withdrawn: true, .. } => self.note("verdict-withdrawn"),
            Command::RunEnded { end, .. } => {
                let how = if matches!(end, state_machine::RunEnd::Succeeded) {
                    "run-succeeded"
                } else {
                    "run-failed"
                };
                self.note(how);
            }
            Command::StepStarted { key, attempt, .. } => {
                self.under_way.insert((key.clone(), by));
                if *attempt > 1 {
                    self.note("step-tried-again");
                }
            }
            Command::StepFinished { key, outcome, .. } => {
                self.under_way.retain(|(known, _)| known != key);
                self.note(format!("step-{}", outcome.name()));
            }
            Command::FenceProved { proof } => {
                let rung = proof.evidence.rung().as_str();
                self.proved.insert((proof.target.clone(), rung));
                self.note(format!("proof-{rung}"));
            }
            Command::StepApproved { .. }
            | Command::StepDone { .. }
            | Command::StepCannot { .. }
            | Command::StepRetried { .. }
            | Command::StepPassedOver { .. }
            | Command::RunPaused { .. }
            | Command::RunResumed { .. }
            | Command::RunAborted { .. } => self.note(command.name()),
            Command::Attested { .. } => self.note("attested"),
            Command::Withheld { .. } => self.note("withheld"),
            Command::HostAdmitted { .. } => self.note("admission"),
            Command::EraOpened { .. } => self.note("era-opened"),
            Command::OrphanHeard { .. } => self.note("orphan-heard"),
            _ => {}
        }
    }

    /// The names.
    pub(crate) fn end(self) -> BTreeSet<String> {
        self.names
    }
}
