//! French words of the run's log.

use model::fence::{FenceEvidence, Rung};
use model::incident::{Cause, Evidence};
use model::manual::ManualEvidence;
use model::step::Outcome;

use super::entry::What;

pub(super) fn what(what: &What) -> String {
    match what {
        What::IncidentOpened { cause, evidence } => {
            format!("verdict : {}{}", self::cause(cause), list(" ; constats : ", evidence))
        }
        What::IncidentEnded { withdrawn: true, reason } => format!("incident retiré : {reason}"),
        What::IncidentEnded { withdrawn: false, reason } => format!("incident clos : {reason}"),
        What::IncidentApproved => "approuvé : Bascule peut agir sur l'incident".to_owned(),
        What::RunStarted { items, shed } if shed.is_empty() => {
            format!("exécution lancée : {items} actions d'étape, toutes les VM ont leur place")
        }
        What::RunStarted { items, shed } => format!(
            "exécution lancée : {items} actions d'étape ; laissées arrêtées faute de place : {}",
            shed.join(", ")
        ),
        What::StepStarted { item, action, attempt, token } => {
            let action = action.as_ref().map(|action| format!(" : {action}")).unwrap_or_default();
            format!("étape {item} lancée{action} (tentative {attempt}, jeton {token})")
        }
        What::StepFinished { item, attempt, outcome, last } => {
            let more = if *last { "" } else { " ; à retenter" };
            let how = match outcome {
                Outcome::Done { evidence } => format!("faite, constaté : {evidence}"),
                Outcome::Refused { reason } => format!("refusée : {reason}"),
                Outcome::Failed { reason } => format!("en échec : {reason}"),
                Outcome::Unknown { reason } => format!("issue inconnue : {reason}"),
            };
            format!("étape {item} {how} (tentative {attempt}{more})")
        }
        What::StepSkipped { item, reason } => format!("étape {item} sautée : {reason}"),
        What::StepApproved { item, loss } => {
            let loss = loss.as_ref().map(|loss| format!(", perte acceptée jusqu'à {loss}"));
            format!("étape {item} approuvée{}", loss.unwrap_or_default())
        }
        What::StepDone { item, evidence } => {
            format!("dit que l'étape {item} est faite{}", shown(evidence))
        }
        What::StepCannot { item, reason } => {
            format!("dit que l'étape {item} est impossible : {reason}")
        }
        What::StepRetried { item, reason } => {
            format!("fait retenter l'étape {item} : {reason}")
        }
        What::StepPassedOver { item, reason } => {
            format!("laisse l'exécution se poursuivre sans l'étape {item} : {reason}")
        }
        What::RunPaused { until, reason } => {
            format!("retient l'exécution jusqu'à {until} au plus tard : {reason}")
        }
        What::RunResumed => "laisse l'exécution se poursuivre".to_owned(),
        What::RunAborted { reason } => format!("interrompt l'exécution : {reason}"),
        What::Withheld { host, by, token, promise_ends_in } => format!(
            "l'agent de {by} ne promet plus rien à l'hôte {host} (jeton {token}) ; sa dernière \
             promesse court encore {promise_ends_in}"
        ),
        What::Attested { hosts, statement } => {
            let hosts: Vec<&str> = hosts.iter().map(model::id::HostId::as_str).collect();
            format!("atteste que {} est éteint : {statement}", hosts.join(", "))
        }
        What::FenceProved { host, token, evidence } => format!(
            "isolement de l'hôte {host} prouvé par {} (jeton {token}) : {}",
            rung(evidence.rung()),
            fence(evidence)
        ),
        What::LeaderStarted { controller } => format!("controller-{controller} prend la main"),
        What::RunEnded { succeeded: true, .. } => "exécution terminée : réussie".to_owned(),
        What::RunEnded { succeeded: false, reason } => {
            format!("exécution terminée : en échec : {}", reason.as_deref().unwrap_or("sans motif"))
        }
        What::Other { kind } if kind.is_empty() => "cette feuille est illisible".to_owned(),
        What::Other { kind } => format!("{kind} (cette version n'a pas de mots pour cela)"),
    }
}

fn cause(cause: &Cause) -> String {
    match cause {
        Cause::VmLost { vm, host } => format!("VM {vm} perdue sur l'hôte {host}"),
        Cause::HostLost { host } => format!("hôte {host} perdu"),
        Cause::ArrayLost { array } => format!("baie {array} perdue"),
        Cause::LinkLost { link } => format!("lien intersalles {link} perdu ou dégradé"),
        Cause::ControllerLost { controller } => format!("{controller} perdu"),
        Cause::RoomLost { room } => format!("salle {room} perdue"),
        Cause::StorageSideLost { layer, room } => {
            format!("le stockage {layer} ne sert plus la salle {room}")
        }
        Cause::StorageLayerLost { layer } => {
            format!("le stockage {layer} ne sert plus aucune salle")
        }
        Cause::ProductionLost => "toutes les salles de production sont perdues".to_owned(),
    }
}

/// The whole digest of a photograph: it is what ties the file to the log.
fn shown(evidence: &ManualEvidence) -> String {
    let text = evidence.text.trim();
    let text = if text.is_empty() { String::new() } else { format!(" : {text}") };
    let photo = evidence.photo.as_ref();
    let photo = photo.map(|photo| format!(" ; photo {}, SHA-256 {}", photo.name, photo.sha256));
    text + &photo.unwrap_or_default()
}

fn list(before: &str, evidence: &[Evidence]) -> String {
    let pieces: Vec<String> = evidence
        .iter()
        .map(|piece| format!("{} vu de {} : {}", piece.target, piece.vantage, piece.says))
        .collect();
    if pieces.is_empty() { String::new() } else { format!("{before}{}", pieces.join(" ; ")) }
}

fn rung(rung: Rung) -> &'static str {
    match rung {
        Rung::Power => "l'alimentation",
        Rung::Storage => "le stockage",
        Rung::Lease => "le bail",
        Rung::People => "des personnes",
    }
}

fn fence(evidence: &FenceEvidence) -> String {
    match evidence {
        FenceEvidence::PowerOff { reads, apart_ms, answer } => {
            format!("« éteint » lu {reads} fois en {apart_ms} ms : {answer}")
        }
        FenceEvidence::StorageCut { unmapped_on, uplink_closed } => format!(
            "volumes retirés sur {} ; liaison montante relue fermée : {uplink_closed}",
            unmapped_on.join(", ")
        ),
        FenceEvidence::LeaseExpired { withheld_by, waited_ms, required_ms } => format!(
            "bail et chien de garde échus : {waited_ms} ms attendues sur {required_ms} ms requises ; {withheld_by} refuse toute promesse"
        ),
        FenceEvidence::Attested { by, statement } => {
            let by: Vec<&str> = by.iter().map(model::id::PersonId::as_str).collect();
            format!("attesté par {} : {statement}", by.join(" et "))
        }
        FenceEvidence::EraOrder { waited_ms, by_statement: false, .. } => format!(
            "l'ordre qui a ouvert l'ère ; bail et chien de garde échus pendant les {waited_ms} ms attendues depuis"
        ),
        FenceEvidence::EraOrder { by_statement: true, .. } => {
            "sans chien de garde ; les deux signataires de l'ordre de l'ère la nomment comme éteinte".to_owned()
        }
    }
}
