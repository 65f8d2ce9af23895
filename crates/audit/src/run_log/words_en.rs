//! English words of the run's log.

use model::fence::FenceEvidence;
use model::incident::Evidence;
use model::manual::ManualEvidence;
use model::step::Outcome;

use super::entry::What;

pub(super) fn what(what: &What) -> String {
    match what {
        What::IncidentOpened { cause, evidence } => {
            format!("verdict: {cause}{}", list("; evidence: ", evidence))
        }
        What::IncidentEnded { withdrawn: true, reason } => format!("incident withdrawn: {reason}"),
        What::IncidentEnded { withdrawn: false, reason } => format!("incident closed: {reason}"),
        What::IncidentApproved => "approved: Bascule may act on the incident".to_owned(),
        What::RunStarted { items, shed } if shed.is_empty() => {
            format!("run started: {items} step items, every VM fits")
        }
        What::RunStarted { items, shed } => {
            format!(
                "run started: {items} step items; left down for lack of room: {}",
                shed.join(", ")
            )
        }
        What::StepStarted { item, action, attempt, token } => {
            let action = action.as_ref().map(|action| format!(": {action}")).unwrap_or_default();
            format!("step {item} started{action} (attempt {attempt}, token {token})")
        }
        What::StepFinished { item, attempt, outcome, last } => {
            let more = if *last { "" } else { "; to be tried again" };
            let how = match outcome {
                Outcome::Done { evidence } => format!("done, seen: {evidence}"),
                Outcome::Refused { reason } => format!("refused: {reason}"),
                Outcome::Failed { reason } => format!("failed: {reason}"),
                Outcome::Unknown { reason } => format!("outcome unknown: {reason}"),
            };
            format!("step {item} {how} (attempt {attempt}{more})")
        }
        What::StepSkipped { item, reason } => format!("step {item} skipped: {reason}"),
        What::StepApproved { item, loss } => {
            let loss = loss.as_ref().map(|loss| format!(", up to {loss} may be lost"));
            format!("step {item} approved{}", loss.unwrap_or_default())
        }
        What::StepDone { item, evidence } => {
            format!("says that step {item} is done{}", shown(evidence))
        }
        What::StepCannot { item, reason } => {
            format!("says that step {item} can't be done: {reason}")
        }
        What::StepRetried { item, reason } => {
            format!("has step {item} tried once more: {reason}")
        }
        What::StepPassedOver { item, reason } => {
            format!("lets the run go on without step {item}: {reason}")
        }
        What::RunPaused { until, reason } => {
            format!("holds the run until {until} at the latest: {reason}")
        }
        What::RunResumed => "lets the run go on".to_owned(),
        What::RunAborted { reason } => format!("aborts the run: {reason}"),
        What::Withheld { host, by, token, promise_ends_in } => format!(
            "the agent of {by} gives host {host} no further promise (token {token}); its last one \
             still lasts {promise_ends_in}"
        ),
        What::Attested { hosts, statement } => {
            let hosts: Vec<&str> = hosts.iter().map(model::id::HostId::as_str).collect();
            format!("attests that {} is off: {statement}", hosts.join(", "))
        }
        What::FenceProved { host, token, evidence } => format!(
            "fence of host {host} proved by rung {} (token {token}): {}",
            evidence.rung(),
            fence(evidence)
        ),
        What::LeaderStarted { controller } => format!("controller-{controller} takes the lead"),
        What::RunEnded { succeeded: true, .. } => "run ended: succeeded".to_owned(),
        What::RunEnded { succeeded: false, reason } => {
            format!("run ended: failed: {}", reason.as_deref().unwrap_or("no reason given"))
        }
        What::Other { kind } if kind.is_empty() => "this leaf can't be read".to_owned(),
        What::Other { kind } => format!("{kind} (this version has no words for it)"),
    }
}

/// The whole digest of a photograph: it is what ties the file to the log.
fn shown(evidence: &ManualEvidence) -> String {
    let text = evidence.text.trim();
    let text = if text.is_empty() { String::new() } else { format!(": {text}") };
    let photo = evidence.photo.as_ref();
    let photo = photo.map(|photo| format!("; photo {}, SHA-256 {}", photo.name, photo.sha256));
    text + &photo.unwrap_or_default()
}

fn list(before: &str, evidence: &[Evidence]) -> String {
    let pieces: Vec<String> = evidence
        .iter()
        .map(|piece| format!("{} seen from {}: {}", piece.target, piece.vantage, piece.says))
        .collect();
    if pieces.is_empty() { String::new() } else { format!("{before}{}", pieces.join("; ")) }
}

fn fence(evidence: &FenceEvidence) -> String {
    match evidence {
        FenceEvidence::PowerOff { reads, apart_ms, answer } => {
            format!("\"off\" read {reads} times over {apart_ms} ms: {answer}")
        }
        FenceEvidence::StorageCut { unmapped_on, uplink_closed } => format!(
            "unmapped on {}; uplink read back as closed: {uplink_closed}",
            unmapped_on.join(", ")
        ),
        FenceEvidence::LeaseExpired { withheld_by, waited_ms, required_ms } => format!(
            "lease and watchdog ran out: waited {waited_ms} ms of {required_ms} ms required; {withheld_by} withholds"
        ),
        FenceEvidence::Attested { by, statement } => {
            let by: Vec<&str> = by.iter().map(model::id::PersonId::as_str).collect();
            format!("attested by {}: {statement}", by.join(" and "))
        }
        FenceEvidence::EraOrder { waited_ms, by_statement: false, .. } => format!(
            "the order that opened the era; its lease and watchdog ran out in the {waited_ms} ms waited since"
        ),
        FenceEvidence::EraOrder { by_statement: true, .. } => {
            "no watchdog; the two persons who signed the era's order name it as off".to_owned()
        }
    }
}
