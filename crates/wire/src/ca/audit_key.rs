//! The keys with which rooms sign the audit log's checkpoints.

use std::path::Path;

use audit::note::{KeyName, NoteSigner, NoteVerifier};
use model::id::RoomId;

use super::CaError;
use crate::private_file::{read, read_secret, write_new, write_secret};

/// The secret half, in a controller's folder.
const SIGNER_FILE: &str = "audit.key";
/// The public halves of all rooms, in every folder.
const VERIFIERS_FILE: &str = "keys";

pub(super) fn new_signer(cluster: &str, room: &RoomId) -> Result<NoteSigner, CaError> {
    let name = KeyName::of_room(cluster, room)
        .map_err(|error| CaError::AuditName { room: room.clone(), reason: error.to_string() })?;
    Ok(NoteSigner::from_seed(name, rand::random()))
}

pub(super) fn save_signer(folder: &Path, signer: &NoteSigner) -> Result<(), CaError> {
    let text = format!("{}\n", signer.to_secret_text());
    Ok(write_secret(&folder.join(SIGNER_FILE), &text)?)
}

pub(super) fn save_verifiers(folder: &Path, verifiers: &[NoteVerifier]) -> Result<(), CaError> {
    let text: String = verifiers.iter().map(|verifier| format!("{verifier}\n")).collect();
    Ok(write_new(&folder.join(VERIFIERS_FILE), &text, 0o644)?)
}

/// Reads a controller's own signing key from its folder.
pub fn load_audit_signer(folder: &Path) -> Result<NoteSigner, CaError> {
    let path = folder.join(SIGNER_FILE);
    let text = read_secret(&path)?;
    NoteSigner::from_secret_text(text.trim())
        .map_err(|error| CaError::AuditKeys { path, reason: error.to_string() })
}

/// Reads the keys of all rooms from a folder: those whose signatures under a checkpoint count.
pub fn load_audit_keys(folder: &Path) -> Result<Vec<NoteVerifier>, CaError> {
    let path = folder.join(VERIFIERS_FILE);
    let text = read(&path)?;
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            line.trim().parse::<NoteVerifier>().map_err(|error| CaError::AuditKeys {
                path: path.clone(),
                reason: error.to_string(),
            })
        })
        .collect()
}
