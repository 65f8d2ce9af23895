//! The audit bundle of a demonstration: exported, kept, and verified as an auditor would.

use std::path::Path;

use audit::bundle::{Files, SignedHead, export_log};
use audit::note::{NoteVerifier, SignedNote};
use audit::verify::{Trust, verify};
use model::era::Era;
use model::text::Lang;

use super::log::SharedLog;
use super::outcome::Audit;
use super::stage::Stage;

/// Exports the whole log into a folder and verifies what was written there.
pub(super) async fn export(
    stage: &Stage,
    log: &SharedLog,
    cluster: &str,
    folder: &Path,
    lang: Lang,
) -> Audit {
    let failed = |reason: String| Audit {
        verified: false,
        entries: 0,
        path: folder.to_owned(),
        findings: vec![reason],
    };
    match make(stage, log, cluster).await.and_then(|files| written(folder, &files)) {
        Err(reason) => failed(reason),
        Ok(files) => {
            let verification = verify(&files, &Trust::default());
            Audit {
                verified: verification.holds(),
                entries: verification.leaves_proved,
                path: folder.to_owned(),
                findings: verification.findings.iter().map(|found| found.line(lang)).collect(),
            }
        }
    }
}

async fn make(stage: &Stage, log: &SharedLog, cluster: &str) -> Result<Files, String> {
    log.catch_up(stage).await;
    let leaves = log.lock().leaves.clone();
    let mut reasons = Vec::new();
    for id in stage.controllers() {
        let reply = match stage.checkpoint(id, leaves.len() as u64).await {
            Ok(reply) => reply,
            Err(reason) => {
                reasons.push(format!("{id}: {reason}"));
                continue;
            }
        };
        let checkpoint: SignedNote = reply.note.parse().map_err(|e| format!("{id}: {e}"))?;
        let keys: Vec<NoteVerifier> = reply
            .keys
            .iter()
            .map(|key| key.parse().map_err(|e| format!("{id}: {e}")))
            .collect::<Result<_, _>>()?;
        let head = SignedHead {
            cluster,
            era: Era(0),
            first_index: 0,
            checkpoint: &checkpoint,
            keys: &keys,
        };
        match export_log(&head, &leaves) {
            Ok(files) => return Ok(files),
            Err(error) => reasons.push(format!("{id}: {error}")),
        }
    }
    Err(format!("no controller gave a signed head: {}", reasons.join("; ")))
}

/// Writes the files and reads them back: what is verified is what was kept.
fn written(folder: &Path, files: &Files) -> Result<Files, String> {
    let failed = |error: std::io::Error| format!("cannot write {}: {error}", folder.display());
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut back = Files::new();
    for (name, bytes) in files {
        let path = folder.join(name);
        std::fs::write(&path, bytes).map_err(failed)?;
        back.insert(name.clone(), std::fs::read(&path).map_err(failed)?);
    }
    Ok(back)
}
