//! From decisions to proposals. What is decided is data in the log; `apply` checks it again.

use decision::{Decision, decide};
use model::id::{HostId, RoomId};
use model::time::{LogTime, Monotonic};
use state_machine::{Command, State};

use crate::leadership::Desk;
use crate::pending::About;
use crate::planned::run_for;
use crate::view::{Seen, view};

/// Proposes what follows from the state now; returns the hosts that may be let in again.
pub(crate) fn propose(
    desk: &mut Desk,
    state: &State,
    leader_room: &RoomId,
    now: Monotonic,
    log_now: LogTime,
) -> Vec<HostId> {
    let seen = Seen(state);
    let (Some(view), Some(policy)) = (view(state, &seen, leader_room, log_now), &state.policy)
    else {
        return Vec::new();
    };
    let mut admissible = Vec::new();
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
                // Planning takes its time: not while the last plan is on its way.
                if !desk.is_free(now, &About::Incident(incident)) {
                    continue;
                }
                let planned = run_for(state, leader_room, incident, log_now);
                let acts = matches!(decision, Decision::Run { .. });
                let Some(run) = planned.map(|run| if acts { run } else { shadow(run) }) else {
                    continue;
                };
                run
            }
            Decision::Admit { host } => {
                admissible.push(host);
                continue;
            }
        };
        desk.propose(now, command);
    }
    admissible
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
