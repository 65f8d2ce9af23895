//! A command in a few words, for the timeline.

use state_machine::{Command, RunEnd};

/// What a command says, beside its name.
pub(crate) fn words(command: &Command) -> String {
    match command {
        Command::LeaderStarted { controller } => controller.to_string(),
        Command::Observed { observations } => {
            let vantage = observations.first().map(|seen| seen.vantage.as_str());
            let seen: Vec<String> = observations
                .iter()
                .map(|seen| format!("{} {:?}", seen.target, seen.status).to_lowercase())
                .collect();
            format!("from {}: {}", vantage.unwrap_or_default(), seen.join(", "))
        }
        Command::IncidentOpened { cause, hold_off, .. } => {
            format!("{cause}, hold-off {hold_off}")
        }
        Command::IncidentEnded { incident, withdrawn, reason } => {
            format!("{incident} {}: {reason}", if *withdrawn { "withdrawn" } else { "closed" })
        }
        Command::IncidentAbsorbed { incident, reason } => format!("{incident}: {reason}"),
        Command::IncidentApproved { incident } => incident.to_string(),
        Command::RunStarted { incident, runbook, plan, .. } => {
            format!("{runbook} for {incident}, {} items", plan.items.len())
        }
        Command::WouldRun { incident, runbook, digest } => format!(
            "{runbook} for {incident}, {} starts, {} shed",
            digest.starts.len(),
            digest.shed.len()
        ),
        Command::StepStarted { key, token, attempt } => {
            format!("{key} at {token}, attempt {attempt}")
        }
        Command::StepFinished { key, attempt, outcome, last } => {
            let last = if *last { "" } else { ", more to come" };
            format!("{key}, attempt {attempt}: {} {}{last}", outcome.name(), outcome.words())
        }
        Command::StepApproved { key, loss: None } => key.to_string(),
        Command::StepApproved { key, loss: Some(loss) } => format!("{key}, {loss} may be lost"),
        Command::StepDone { key, evidence } => format!("{key}: {}", evidence.words()),
        Command::StepCannot { key, reason }
        | Command::StepRetried { key, reason }
        | Command::StepPassedOver { key, reason } => format!("{key}: {reason}"),
        Command::RunPaused { run, until, reason } => format!("{run} until {until}: {reason}"),
        Command::RunResumed { run } => run.to_string(),
        Command::RunAborted { run, reason } => format!("{run}: {reason}"),
        Command::StepSkipped { key, reason } => format!("{key}: {reason}"),
        Command::RunEnded { run, end: RunEnd::Succeeded } => format!("{run} succeeded"),
        Command::RunEnded { run, end: RunEnd::Failed { reason } } => {
            format!("{run} failed: {reason}")
        }
        Command::Withheld { host, by, promise_ends_in, .. } => {
            format!("from {host} by {by}, its promise ends in {promise_ends_in}")
        }
        Command::FenceProved { proof } => {
            format!("{} at {} by rung {}", proof.target, proof.token, proof.evidence.rung())
        }
        Command::Attested { hosts, statement } => {
            let hosts: Vec<&str> = hosts.iter().map(|one| one.host.as_str()).collect();
            format!("{} off: {statement}", hosts.join(", "))
        }
        Command::HostAdmitted { host, boot, sealed_below } => {
            format!("{host} as {boot}, sealed below {sealed_below}")
        }
        Command::ControllerJoining { controller, room, .. } => format!("{controller} in {room}"),
        Command::ControllerJoined { controller } => controller.to_string(),
        Command::ApplyVersionRaised { to } => to.to_string(),
        Command::ClusterFormed { .. }
        | Command::JoinTokenMade { .. }
        | Command::VersionsReported { .. }
        | Command::EstateLoaded { .. }
        | Command::HostArmed { .. }
        | Command::VmIntended { .. }
        | Command::Paused { .. }
        | Command::Resumed
        | Command::MaintenanceSet { .. }
        | Command::EraOpened { .. } => String::new(),
        Command::OrphanHeard { head } => {
            format!("{} of era {} with {} leaves", head.controller, head.era.0, head.size)
        }
    }
}
