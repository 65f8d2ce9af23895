//! Incidents.

use model::id::PersonId;
use model::incident::Cause;
use model::text::Lang;
use model::time::LogTime;
use server::query::{ApprovalView, WouldRunView};

use super::{say, words};

words! {
    EVIDENCE: "What led to the verdict", "Ce qui a mené au verdict";
    LAST_SEEN_UP: "last sign of life", "dernier signe de vie";
    OPENED: "verdict", "verdict";
    HOLD_OFF_ENDS: "hold-off ends", "fin du délai de retenue";
    ENDED: "ended", "fin";
    WOULD_RUN: "What would have been done (nothing was)", "Ce qui aurait été fait (rien ne l'a été)";
    APPROVED_BY: "approved by", "approuvé par";
}

/// How far an approval is: `1 of 2: dana`, and until when it counts.
pub(crate) fn approved(approval: &ApprovalView, lang: Lang) -> String {
    let ApprovalView { quorum, given, .. } = approval;
    let mut words = say!(lang, "{given} of {quorum}", "{given} sur {quorum}");
    if !approval.by.is_empty() {
        let by = approval.by.iter().map(PersonId::as_str).collect::<Vec<_>>().join(", ");
        words.push_str(&say!(lang, ": {by}", " : {by}"));
    }
    if let Some(until) = approval.until_ms {
        let until = LogTime(until);
        words.push_str(&say!(lang, ", until {until}", ", jusqu'à {until}"));
    }
    words
}

/// What would have been done, in lines.
pub(crate) fn would_run(would: &WouldRunView, lang: Lang) -> String {
    let digest = &would.digest;
    let (runbook, at, forecast) = (&would.runbook, LogTime(would.at_ms), digest.forecast);
    let mut lines = say!(
        lang,
        "{runbook}, from {at}, in about {forecast}\n",
        "{runbook}, dès {at}, en {forecast} environ\n"
    );
    let steps: Vec<String> =
        digest.steps.iter().map(|step| format!("{} {}", step.step, step.items)).collect();
    let steps = steps.join(", ");
    lines.push_str(&say!(lang, "steps: {steps}\n", "étapes : {steps}\n"));
    for start in &digest.starts {
        lines.push_str(&format!("  {} -> {}\n", start.vm, start.host));
    }
    for shed in &digest.shed {
        let (vm, reason) = (&shed.vm, &shed.reason);
        lines.push_str(&say!(
            lang,
            "  {vm} left down: {reason}\n",
            "  {vm} non relancée : {reason}\n"
        ));
    }
    lines
}

/// The cause in words.
pub(crate) fn cause(cause: &Cause, lang: Lang) -> String {
    match cause {
        Cause::VmLost { vm, host } => {
            say!(lang, "VM {vm} lost on host {host}", "VM {vm} perdue sur l'hôte {host}")
        }
        Cause::HostLost { host } => say!(lang, "host {host} lost", "hôte {host} perdu"),
        Cause::ArrayLost { array } => say!(lang, "array {array} lost", "baie {array} perdue"),
        Cause::LinkLost { link } => say!(lang, "link {link} lost", "lien {link} perdu"),
        Cause::ControllerLost { controller } => {
            let number = controller.0;
            say!(lang, "controller {number} lost", "contrôleur {number} perdu")
        }
        Cause::RoomLost { room } => say!(lang, "room {room} lost", "salle {room} perdue"),
        Cause::StorageSideLost { layer, room } => say!(
            lang,
            "side {room} of storage layer {layer} stopped",
            "côté {room} de la couche de stockage {layer} arrêté",
        ),
        Cause::StorageLayerLost { layer } => say!(
            lang,
            "storage layer {layer} serves no room any more",
            "la couche de stockage {layer} ne sert plus aucune salle",
        ),
        Cause::ProductionLost => {
            say!(lang, "every production room is lost", "toutes les salles de production perdues")
        }
    }
}
