//! Who may do what.

use model::action::Action;
use state_machine::{Command, State};

/// A role of a person, as their certificate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Reads; pauses, resumes, sets maintenance, approves that an incident is acted on, attests that
    /// a host is off, says what a VM ought to be, does the tasks of a run and takes it in hand.
    Operator,
    /// Also arms and disarms hosts, loads estates, moves the leadership, lets controllers join,
    /// raises the version of `apply`.
    Administrator,
}

impl Role {
    /// The strongest of the roles written in a certificate.
    pub fn strongest<'a>(roles: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        roles
            .into_iter()
            .filter_map(|role| match role {
                "viewer" => Some(Self::Viewer),
                "operator" => Some(Self::Operator),
                "administrator" => Some(Self::Administrator),
                _ => None,
            })
            .max()
    }

    /// Whether this role may propose the command. What only controllers propose (verdicts,
    /// proofs, steps) is for no person.
    pub fn may_propose(self, command: &Command) -> bool {
        match command {
            Command::IncidentApproved { .. }
            | Command::Attested { .. }
            | Command::StepApproved { .. }
            | Command::StepDone { .. }
            | Command::StepCannot { .. }
            | Command::StepRetried { .. }
            | Command::StepPassedOver { .. }
            | Command::RunPaused { .. }
            | Command::RunResumed { .. }
            | Command::RunAborted { .. }
            | Command::VmIntended { .. }
            | Command::Paused { .. }
            | Command::Resumed
            | Command::MaintenanceSet { .. } => self >= Self::Operator,
            Command::HostArmed { .. }
            | Command::EstateLoaded { .. }
            | Command::JoinTokenMade { .. }
            | Command::ApplyVersionRaised { .. } => self >= Self::Administrator,
            _ => false,
        }
    }
}

impl Role {
    /// Whether this role is enough for a task that a runbook gives to a role of its own naming. Only
    /// the roles that certificates know can be told apart; any other name is for people, and every
    /// operator may do it.
    pub fn is_enough_for(self, task: &str) -> bool {
        match task {
            "administrator" => self >= Self::Administrator,
            _ => self >= Self::Operator,
        }
    }
}

/// The role that a runbook names for the task that this command is about.
pub(crate) fn task_of<'a>(command: &Command, state: &'a State) -> Option<&'a str> {
    let (Command::StepDone { key, .. } | Command::StepCannot { key, .. }) = command else {
        return None;
    };
    let (planned, _) = state.runs.get(&key.run)?.item(&key.item)?;
    match &planned.action {
        Action::Manual(task) => Some(&task.role),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_for_an_administrator_is_done_by_no_operator() {
        assert!(Role::Administrator.is_enough_for("administrator"));
        assert!(!Role::Operator.is_enough_for("administrator"));
        assert!(Role::Operator.is_enough_for("room-technician"));
        assert!(!Role::Viewer.is_enough_for("room-technician"));
    }

    #[test]
    fn nobody_proposes_a_fence_proof_or_a_verdict_by_hand() {
        let started = Command::LeaderStarted { controller: model::id::ControllerId(1) };
        assert!(!Role::Administrator.may_propose(&started));
    }

    #[test]
    fn an_operator_pauses_and_approves_and_a_viewer_does_not() {
        assert!(Role::Operator.may_propose(&Command::Resumed));
        assert!(!Role::Viewer.may_propose(&Command::Resumed));
        let approved = Command::IncidentApproved { incident: model::id::IncidentId(7) };
        assert!(Role::Operator.may_propose(&approved) && !Role::Viewer.may_propose(&approved));
    }

    #[test]
    fn the_strongest_role_counts_and_unknown_ones_do_not() {
        assert_eq!(Role::strongest(["viewer", "operator", "king"]), Some(Role::Operator));
        assert_eq!(Role::strongest(["king"]), None);
    }
}
