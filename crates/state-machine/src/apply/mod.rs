//! `apply`: one file per command.

mod apply_version_raised;
mod asking;
mod attested;
mod cluster_formed;
mod controller_joined;
mod controller_joining;
mod era_opened;
mod era_tail;
mod estate_loaded;
mod fence_proved;
mod host_admitted;
mod host_armed;
mod incident_absorbed;
mod incident_approved;
mod incident_ended;
mod incident_opened;
mod join_token_made;
mod kept_marks;
mod leader_started;
mod longer_pause;
mod maintenance_set;
mod needed;
mod observed;
mod one_run_a_vm;
mod orphan_heard;
mod paused;
mod premise;
mod resumed;
mod retention;
mod run_aborted;
mod run_ended;
mod run_paused;
mod run_resumed;
mod run_started;
mod s1;
mod s9;
mod step_approved;
mod step_cannot;
mod step_done;
mod step_finished;
mod step_passed_over;
mod step_retried;
mod step_skipped;
mod step_started;
mod targets;
mod transition;
mod versions_reported;
mod vm_intended;
mod winding_up;
mod withheld;
mod woken;
mod would_run;

use serde::{Deserialize, Serialize};

use crate::command::{Command, Entry};
use crate::effect::Effect;
use crate::rejection::Rejection;
use crate::state::State;

/// What an entry did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// Why it changed nothing, if so.
    pub rejected: Option<Rejection>,
    /// What the leader does about it.
    pub effects: Vec<Effect>,
}

/// Applies one entry at its Raft log index. Deterministic; never fails, but may reject. A
/// rejected entry moves log time and changes nothing else: every file here checks all its
/// premises before its first change.
pub fn apply(state: &mut State, index: u64, entry: &Entry) -> Applied {
    state.applied_index = index;
    state.log_time = state.log_time.max(entry.at);
    state.wall = entry.wall;
    match checked(state, index, entry) {
        Ok(effects) => Applied { rejected: None, effects },
        Err(rejection) => Applied { rejected: Some(rejection), effects: Vec::new() },
    }
}

fn checked(state: &mut State, index: u64, entry: &Entry) -> Result<Vec<Effect>, Rejection> {
    premise::era(state, entry)?;
    premise::leading(state, entry)?;
    match &entry.command {
        Command::LeaderStarted { controller } => {
            leader_started::apply(state, entry.by, *controller)?;
        }
        Command::ClusterFormed { members } => cluster_formed::apply(state, members)?,
        Command::JoinTokenMade { hash, controller, room, until } => {
            join_token_made::apply(state, hash, *controller, room, *until)?;
        }
        Command::ControllerJoining { hash, controller, room, address } => {
            controller_joining::apply(state, hash, *controller, room, address)?;
        }
        Command::ControllerJoined { controller } => controller_joined::apply(state, *controller)?,
        Command::VersionsReported { controller, oldest, newest } => {
            versions_reported::apply(state, *controller, *oldest, *newest)?;
        }
        Command::ApplyVersionRaised { to } => apply_version_raised::apply(state, *to)?,
        Command::EraOpened { opening } => era_opened::apply(state, index, entry.by, opening)?,
        Command::OrphanHeard { head } => orphan_heard::apply(state, head)?,
        Command::EstateLoaded { estate, policy, runbooks } => {
            estate_loaded::apply(state, estate, policy, runbooks)?;
        }
        Command::Observed { observations } => observed::apply(state, observations)?,
        Command::IncidentOpened { cause, evidence, last_seen_up, hold_off } => {
            incident_opened::apply(state, index, cause, evidence, *last_seen_up, *hold_off)?;
        }
        Command::IncidentEnded { incident, withdrawn, reason } => {
            incident_ended::apply(state, *incident, *withdrawn, reason)?;
        }
        Command::IncidentAbsorbed { incident, reason } => {
            incident_absorbed::apply(state, *incident, reason)?;
        }
        Command::IncidentApproved { incident } => {
            incident_approved::apply(state, *incident, entry.person.as_ref())?;
        }
        Command::RunStarted { incident, runbook, runbook_hash, estate_hash, plan } => {
            let new = run_started::NewRun {
                incident: *incident,
                runbook,
                runbook_hash,
                estate_hash,
                plan,
            };
            run_started::apply(state, index, &new)?;
        }
        Command::WouldRun { incident, runbook, digest } => {
            would_run::apply(state, *incident, runbook, digest)?;
        }
        Command::StepStarted { key, token, attempt } => {
            return step_started::apply(state, key, *token, *attempt);
        }
        Command::StepFinished { key, attempt, outcome, last } => {
            step_finished::apply(state, key, *attempt, outcome, *last)?;
        }
        Command::StepApproved { key, loss } => {
            step_approved::apply(state, key, entry.person.as_ref(), *loss)?;
        }
        Command::StepDone { key, evidence } => {
            step_done::apply(state, key, entry.person.as_ref(), evidence)?;
        }
        Command::StepCannot { key, reason } => {
            step_cannot::apply(state, key, entry.person.as_ref(), reason)?;
        }
        Command::StepRetried { key, reason } => {
            step_retried::apply(state, key, entry.person.as_ref(), reason)?;
        }
        Command::StepPassedOver { key, reason } => {
            step_passed_over::apply(state, key, entry.person.as_ref(), reason)?;
        }
        Command::RunPaused { run, until, reason } => {
            run_paused::apply(state, *run, entry.person.as_ref(), *until, reason)?;
        }
        Command::RunResumed { run } => run_resumed::apply(state, *run, entry.person.as_ref())?,
        Command::RunAborted { run, reason } => {
            run_aborted::apply(state, *run, entry.person.as_ref(), reason)?;
        }
        Command::StepSkipped { key, reason } => step_skipped::apply(state, key, reason)?,
        Command::RunEnded { run, end } => run_ended::apply(state, *run, end)?,
        Command::Withheld { host, token, by, promise_ends_in } => {
            withheld::apply(state, host, *token, by, *promise_ends_in)?;
        }
        Command::FenceProved { proof } => fence_proved::apply(state, proof)?,
        Command::Attested { hosts, statement } => {
            attested::apply(state, hosts, statement, entry.person.as_ref())?;
        }
        Command::HostAdmitted { host, boot, sealed_below } => {
            host_admitted::apply(state, host, boot, *sealed_below)?;
        }
        Command::HostArmed { host, armed, watchdog } => {
            host_armed::apply(state, host, *armed, *watchdog)?;
        }
        Command::VmIntended { vm, intended, .. } => vm_intended::apply(state, vm, *intended)?,
        Command::Paused { until, reason } => {
            if state.apply_version >= longer_pause::SINCE {
                longer_pause::check(state, *until)?;
            }
            paused::apply(state, *until, reason)?;
        }
        Command::Resumed => resumed::apply(state),
        Command::MaintenanceSet { host, room, until, reason } => {
            maintenance_set::apply(state, host.as_ref(), room, *until, reason)?;
        }
    }
    Ok(Vec::new())
}
