//! From decisions to proposals. What is decided is data in the log; `apply` checks it again.

use decision::{Decision, decide};
use model::id::{HostId, IncidentId, RoomId};
use model::time::{LogTime, Monotonic};
use state_machine::{Command, State};

use crate::leadership::Desk;
use crate::pending::About;
use crate::planned::{Planner, PlansAnew, run_for};
use crate::view::{Seen, view};

/// What follows from a state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Due {
    /// What is to be proposed, in this order.
    pub commands: Vec<Command>,
    /// The hosts that may be let in again.
    pub admissible: Vec<HostId>,
}

/// What follows from the state now, as the leader in this room decides and plans it.
/// `may_plan`: whether a plan for this incident is wanted; planning takes its time. `planner` makes it.
pub fn due(
    state: &State,
    leader_room: &RoomId,
    log_now: LogTime,
    may_plan: impl Fn(IncidentId) -> bool,
    planner: &impl Planner,
) -> Due {
    let seen = Seen(state);
    let (Some(view), Some(policy)) = (view(state, &seen, leader_room, log_now), &state.policy)
    else {
        return Due::default();
    };
    let mut due = Due::default();
    for decision in decide(&view, &policy.value, log_now) {
        let command = match decision {
            Decision::Open { cause, evidence, last_seen_up, hold_off } => {
                Command::IncidentOpened { cause, evidence, last_seen_up, hold_off }
            }
            Decision::End { incident, withdrawn, reason } => {
                Command::IncidentEnded { incident, withdrawn, reason }
            }
            Decision::Absorb { incident, reason } => Command::IncidentAbsorbed { incident, reason },
            // A person took it over by aborting the run that answered it.
            Decision::Run { incident } if state.held.contains_key(&incident) => continue,
            Decision::Run { incident } | Decision::Shadow { incident } => {
                if !may_plan(incident) {
                    continue;
                }
                let planned = run_for(state, leader_room, incident, log_now, planner);
                let acts = matches!(decision, Decision::Run { .. });
                let Some(run) = planned.map(|run| if acts { run } else { shadow(run) }) else {
                    continue;
                };
                run
            }
            Decision::Admit { host } => {
                due.admissible.push(host);
                continue;
            }
        };
        due.commands.push(command);
    }
    due
}

/// Proposes what follows from the state now; returns the hosts that may be let in again.
pub(crate) fn propose(
    desk: &mut Desk,
    state: &State,
    leader_room: &RoomId,
    now: Monotonic,
    log_now: LogTime,
) -> Vec<HostId> {
    // Not while the last plan is on its way.
    let is_free = |incident| desk.is_free(now, &About::Incident(incident));
    let due = due(state, leader_room, log_now, is_free, &PlansAnew);
    for command in due.commands {
        desk.propose(now, command);
    }
    due.admissible
}

/// The same plan, as what would be done.
fn shadow(run: Command) -> Command {
    match run {
        Command::RunStarted { incident, runbook, plan, .. } => {
            Command::WouldRun { incident, runbook, digest: Box::new(plan.digest()) }
        }
        other => other,
    }
}
