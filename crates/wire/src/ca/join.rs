//! What a controller needs that joins later.

use std::fs;
use std::path::Path;

use audit::note::{KeyName, NoteSigner};
use model::id::{ControllerId, RoomId};

use super::audit_key::{load_audit_signer, save_signer, save_verifiers};
use super::{Authority, CaError, load_audit_keys};
use crate::identity::Identity;

/// A one-time token: 256 random bits, in hex.
pub fn new_token() -> String {
    rand::random::<[u8; 32]>().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes the folder of a controller that replaces another one in its room, from the folder that
/// [`super::cluster_init`] made and that holds the authority: a certificate under the new id, and
/// the room's own audit key, which every other room knows already.
pub fn issue_controller(
    cluster: &Path,
    id: ControllerId,
    room: &RoomId,
    to: &Path,
) -> Result<(), CaError> {
    let authority = Authority::load(&cluster.join("ca"))?;
    let verifiers = load_audit_keys(cluster)?;
    let name = KeyName::of_room(authority.cluster(), room)
        .map_err(|error| CaError::AuditName { room: room.clone(), reason: error.to_string() })?;
    let signer = audit_signer(cluster, &name)
        .ok_or_else(|| CaError::NoAuditKey { room: room.clone(), path: cluster.to_owned() })?;
    authority.issue(&Identity::Controller(id, room.clone()))?.save(to)?;
    authority.issue(&Identity::Guardian(id))?.save(&to.join("guardian"))?;
    save_verifiers(to, &verifiers)?;
    save_signer(to, &signer)
}

fn audit_signer(cluster: &Path, name: &KeyName) -> Option<NoteSigner> {
    let folders = fs::read_dir(cluster).ok()?;
    let mut signers = folders.filter_map(Result::ok).filter_map(|folder| {
        let signer = load_audit_signer(&folder.path()).ok()?;
        (signer.name() == name).then_some(signer)
    });
    signers.next()
}
