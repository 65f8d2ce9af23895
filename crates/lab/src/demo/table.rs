//! The result for a person.

use std::fmt::Write;

use model::text::Lang;

use super::outcome::Outcome;

/// The outcome as a table of measured times, with the verdict of the audit.
pub(super) fn table(outcome: &Outcome, lang: Lang) -> String {
    let fr = lang == Lang::Fr;
    let word = |en: &'static str, french: &'static str| if fr { french } else { en };
    let seconds = |value: Option<f64>| match value {
        Some(value) => format!("{value:.1} s"),
        None => "-".to_owned(),
    };
    let rungs: Vec<String> =
        outcome.rungs.iter().map(|(rung, count)| format!("{rung} {count}")).collect();
    let times = outcome.timeline_s;
    let (vms, rto) = (outcome.vms, outcome.rto);
    let limit = rto.target_s;
    let rows = [
        (word("fault", "panne"), format!("{} {}", outcome.fault, outcome.target)),
        (word("leader's room", "salle du contrôleur dirigeant"), outcome.leader_room.to_string()),
        (word("verdict after", "verdict après"), seconds(times.verdict)),
        (word("hold-off", "délai de retenue"), seconds(times.hold_off)),
        (
            word("last fence proof after", "dernière preuve d'isolement après"),
            seconds(times.fenced),
        ),
        (
            word("proofs by rung", "preuves par échelon"),
            if rungs.is_empty() { "-".to_owned() } else { rungs.join(", ") },
        ),
        (word("first VM after", "première VM après"), seconds(times.first_vm)),
        (word("last VM after", "dernière VM après"), seconds(times.last_vm)),
        (word("VMs running", "VM en marche"), format!("{} / {}", vms.running, vms.total)),
        (word("VMs restarted", "VM redémarrées"), vms.restarted.to_string()),
        (word("of these, moved", "dont déplacées"), vms.moved.to_string()),
        (word("double starts", "doubles démarrages"), outcome.double_starts.to_string()),
        (word("stopped by lease", "arrêtées par bail"), outcome.stopped_by_lease.to_string()),
        (
            word("services answering", "services qui répondent"),
            format!("{} / {}", outcome.services.0, outcome.services.1),
        ),
        (
            word("recovery, measured", "reprise, constatée"),
            format!("{:.1} s / {limit:.0} s (1:{})", rto.wall_s, outcome.time_scale),
        ),
        (
            word("recovery, true boot times", "reprise, vrais temps de démarrage"),
            format!("{:.1} s / {limit:.0} s", rto.modelled_s),
        ),
        (
            word("memory of a controller, at most", "mémoire d'un contrôleur, au plus"),
            format!("{:.1} MiB", outcome.controller_memory_mib),
        ),
        (
            word("audit log", "journal d'audit"),
            format!(
                "{} {}: {}",
                outcome.audit.entries,
                word("entries", "entrées"),
                if outcome.audit.verified {
                    word("verified", "vérifié")
                } else {
                    word("NOT VERIFIED", "NON VÉRIFIÉ")
                }
            ),
        ),
    ];
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for (name, value) in &rows {
        let pad = width - name.chars().count();
        // Writing to a String does not fail.
        let _ = writeln!(out, "  {name}{:pad$}  {value}", "");
    }
    for failure in &outcome.failures {
        let _ = writeln!(out, "{} {failure}", word("FAILED:", "ÉCHEC :"));
    }
    for finding in &outcome.audit.findings {
        let _ = writeln!(out, "  {finding}");
    }
    let path = outcome.audit.path.display();
    let _ = writeln!(
        out,
        "{}",
        match lang {
            Lang::En => format!("check it yourself: bascule audit verify {path}"),
            Lang::Fr => format!("à vérifier soi-même : bascule audit verify {path}"),
        }
    );
    let kept = outcome.kept.display();
    let _ = writeln!(
        out,
        "{}",
        match lang {
            Lang::En => format!("journals, logs and certificates: {kept}"),
            Lang::Fr => format!("journaux, messages et certificats : {kept}"),
        }
    );
    out
}
