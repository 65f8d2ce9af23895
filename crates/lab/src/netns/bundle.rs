//! The audit bundle, verified as an auditor would.

use audit::bundle::{Files, SignedHead, export_log};
use audit::note::SignedNote;
use audit::verify::{Trust, verify};
use model::era::Era;
use model::text::Lang;

use super::desk::Desk;
use super::log::Log;
use super::outcome::Audit;

/// Exports the log and verifies it, against the keys that were made when the lab was built.
pub(super) async fn check(desk: &Desk, log: &Log, cluster: &str, lang: Lang) -> Audit {
    let files = match export(desk, log, cluster).await {
        Ok(files) => files,
        Err(reason) => return Audit { findings: vec![reason], ..Audit::default() },
    };
    let trust = Trust { keys: Some(desk.audit_keys.clone()), signatures_needed: None };
    let found = verify(&files, &trust);
    Audit {
        verified: found.holds(),
        entries: found.leaves_proved,
        findings: found.findings.iter().map(|finding| finding.line(lang)).collect(),
    }
}

async fn export(desk: &Desk, log: &Log, cluster: &str) -> Result<Files, String> {
    let mut reasons = Vec::new();
    for id in desk.controllers() {
        let note = match desk.checkpoint(id, log.leaves.len() as u64).await {
            Ok(note) => note,
            Err(reason) => {
                reasons.push(format!("{id}: {reason}"));
                continue;
            }
        };
        let checkpoint: SignedNote = note.parse().map_err(|error| format!("{id}: {error}"))?;
        let head = SignedHead {
            cluster,
            era: Era(0),
            first_index: 0,
            checkpoint: &checkpoint,
            keys: &desk.audit_keys,
        };
        match export_log(&head, &log.leaves) {
            Ok(files) => return Ok(files),
            Err(error) => reasons.push(format!("{id}: {error}")),
        }
    }
    Err(format!("no controller gave a signed head: {}", reasons.join("; ")))
}
