//! The signatures of the rooms under the audit log. A controller signs the head of its own tree,
//! and another's only if its own tree has the same root there and continues what it signed last.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use audit::Tree;
use audit::checkpoint::{Checkpoint, cosign as sign, origin};
use audit::note::{NoteSigner, NoteVerifier, SignedNote};
use consensus::Identity;
use wire::endpoint::EndpointName;
use wire::peer::CosignRequest;

use crate::config::Config;
use crate::process::Shared;

/// How often the leader has the head signed by all rooms.
const SIGN_EVERY: Duration = Duration::from_secs(30);

/// Leaves are read from the store in parts of this size.
const LEAVES_AT_ONCE: u64 = 1000;

/// Why a head is not signed.
#[derive(Debug, thiserror::Error)]
pub enum NotaryError {
    /// The keys.
    #[error("the audit keys in {} cannot be used: {source}", .path.display())]
    Keys {
        /// Where they lie.
        path: PathBuf,
        /// Why.
        #[source]
        source: wire::ca::CaError,
    },
    /// What was signed last can't be read or kept: without it a fork could be signed.
    #[error("the record of the last signed checkpoint, {}: {reason}", .path.display())]
    Last {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The leaves are not all here.
    #[error("this controller does not have all leaves yet: {reason}")]
    Leaves {
        /// Why.
        reason: String,
    },
    /// The note is none.
    #[error("this is no checkpoint: {reason}")]
    NoCheckpoint {
        /// Why.
        reason: String,
    },
    /// Another log, or one that was rewritten.
    #[error("not signed: {reason}")]
    Refused {
        /// Why.
        reason: String,
    },
}

/// One controller's signing desk.
pub(crate) struct Notary {
    signer: NoteSigner,
    keys: Vec<NoteVerifier>,
    last_path: PathBuf,
    desk: Mutex<Desk>,
}

struct Desk {
    tree: Tree,
    last: Option<Checkpoint>,
}

/// A head signed by the rooms that could be reached.
pub(crate) struct SignedHead {
    pub(crate) note: String,
    pub(crate) keys: Vec<String>,
    pub(crate) origin: String,
}

impl Notary {
    /// Reads the keys, and what was signed last.
    pub(crate) fn open(config: &Config, era: &Identity) -> Result<Self, NotaryError> {
        let keys = |source| NotaryError::Keys { path: config.tls_dir.clone(), source };
        let signer = wire::ca::load_audit_signer(&config.tls_dir).map_err(keys)?;
        let verifiers = wire::ca::load_audit_keys(&config.tls_dir).map_err(keys)?;
        // Every era is a tree of its own: what was signed of an older one says nothing of this.
        let last_path = config.data_dir.join(match era.era.0 {
            0 => "last-checkpoint".to_owned(),
            number => format!("last-checkpoint-of-era-{number}"),
        });
        let last = read_last(&last_path)?;
        let desk = Mutex::new(Desk { tree: Tree::default(), last });
        Ok(Self { signer, keys: verifiers, last_path, desk })
    }

    /// Adds this room's signature to a checkpoint, after the proof that it continues what was
    /// signed last, and that this room's own tree agrees.
    fn sign(&self, shared: &Shared, proposed: &Checkpoint) -> Result<SignedNote, NotaryError> {
        let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        grow(&mut desk.tree, shared, proposed.size)?;
        let refused = |reason: String| NotaryError::Refused { reason };
        let root = desk.tree.root_at(proposed.size).map_err(|e| refused(e.to_string()))?;
        if root != proposed.root {
            return Err(refused(format!(
                "at {} leaves this room's tree has root {root}, the checkpoint says {}",
                proposed.size, proposed.root
            )));
        }
        // An older head than the last signed one is signed again if this room's tree has it:
        // it is a prefix, not a fork.
        let newer = desk.last.as_ref().is_none_or(|last| last.size <= proposed.size);
        let (last, proof) = match &desk.last {
            Some(last) if newer => {
                let proof = desk
                    .tree
                    .prove_consistency(last.size, proposed.size)
                    .map_err(|error| refused(error.to_string()))?;
                (Some(last.clone()), proof)
            }
            _ => (None, Vec::new()),
        };
        let signature = sign(&self.signer, last.as_ref(), proposed, &proof)
            .map_err(|error| refused(error.to_string()))?;
        if newer {
            keep_last(&self.last_path, proposed)?;
            desk.last = Some(proposed.clone());
        }
        let mut note = proposed
            .to_note()
            .map_err(|error| NotaryError::NoCheckpoint { reason: error.to_string() })?;
        note.add(signature);
        Ok(note)
    }
}

/// Brings the tree up to `size` leaves from the store.
fn grow(tree: &mut Tree, shared: &Shared, size: u64) -> Result<(), NotaryError> {
    while tree.size() < size {
        let from = tree.size();
        let until = size.min(from + LEAVES_AT_ONCE);
        let leaves = shared
            .node
            .leaves(from..until, 1 << 20)
            .map_err(|error| NotaryError::Leaves { reason: error.to_string() })?;
        if leaves.is_empty() {
            return Err(NotaryError::Leaves { reason: format!("leaf {from} is not here") });
        }
        for leaf in leaves {
            tree.append(&leaf);
        }
    }
    Ok(())
}

fn read_last(path: &Path) -> Result<Option<Checkpoint>, NotaryError> {
    let wrong = |reason: String| NotaryError::Last { path: path.into(), reason };
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(wrong(error.to_string())),
    };
    let note: SignedNote = SignedNote::new(text).map_err(|error| wrong(error.to_string()))?;
    Checkpoint::from_note(&note).map(Some).map_err(|error| wrong(error.to_string()))
}

fn keep_last(path: &Path, checkpoint: &Checkpoint) -> Result<(), NotaryError> {
    let wrong = |reason: String| NotaryError::Last { path: path.into(), reason };
    let note = checkpoint.to_note().map_err(|error| wrong(error.to_string()))?;
    let write = || -> std::io::Result<()> {
        let new = path.with_extension("new");
        let mut file = fs::File::create(&new)?;
        file.write_all(note.text().as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, path)
    };
    write().map_err(|error| wrong(error.to_string()))
}

/// Signs another room's checkpoint.
pub(crate) fn cosign(shared: &Shared, note: &str) -> Result<String, NotaryError> {
    let parsed: SignedNote = note.parse().map_err(|error: audit::note::NoteError| {
        NotaryError::NoCheckpoint { reason: error.to_string() }
    })?;
    let checkpoint = Checkpoint::from_note(&parsed)
        .map_err(|error| NotaryError::NoCheckpoint { reason: error.to_string() })?;
    let era = shared.node.with_state(|state| state.era);
    let ours = origin(&shared.config.cluster, era);
    if checkpoint.origin != ours {
        return Err(NotaryError::Refused {
            reason: format!("the checkpoint is of `{}`, this is `{ours}`", checkpoint.origin),
        });
    }
    Ok(shared.notary.sign(shared, &checkpoint)?.to_string())
}

/// Has the head (or the tree at `size`) signed here and by every room that answers.
pub(crate) async fn sign_now(
    shared: &Arc<Shared>,
    size: Option<u64>,
) -> Result<SignedHead, NotaryError> {
    let (era, now) = shared.node.with_state(|state| (state.era, state.audit.size));
    let size = size.unwrap_or(now);
    let origin = origin(&shared.config.cluster, era);
    let root = {
        let mut desk = shared.notary.desk.lock().unwrap_or_else(PoisonError::into_inner);
        grow(&mut desk.tree, shared, size)?;
        desk.tree
            .root_at(size)
            .map_err(|error| NotaryError::Refused { reason: error.to_string() })?
    };
    let checkpoint = Checkpoint::new(origin.clone(), size, root);
    let mut note = shared.notary.sign(shared, &checkpoint)?;
    let members: Vec<_> = shared.node.with_state(|state| state.members.keys().copied().collect());
    for controller in members {
        if controller == shared.config.controller {
            continue;
        }
        match ask(shared, controller, &note).await {
            Ok(signed) => {
                if let Err(error) = note.join(signed) {
                    tracing::warn!(%error, peer = %controller, "its signature is no use");
                }
            }
            Err(reason) => {
                tracing::debug!(reason, peer = %controller, "did not sign");
            }
        }
    }
    let keys = shared.notary.keys.iter().map(ToString::to_string).collect();
    Ok(SignedHead { note: note.to_string(), keys, origin })
}

async fn ask(
    shared: &Arc<Shared>,
    controller: model::id::ControllerId,
    note: &SignedNote,
) -> Result<SignedNote, String> {
    let connection =
        shared.dialer.dial(&EndpointName::Controller(controller)).map_err(|e| e.to_string())?;
    let reply = connection
        .peer()
        .cosign(CosignRequest { note: note.to_string() })
        .await
        .map_err(|status| status.message().to_owned())?;
    reply.into_inner().note.parse().map_err(|e: audit::note::NoteError| e.to_string())
}

/// While this node leads, has the head signed by all rooms from time to time, so that what is
/// old is signed even if a room is lost.
pub(crate) async fn keep_signed(shared: Arc<Shared>) {
    let mut beat = tokio::time::interval(SIGN_EVERY);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        if shared.node.leads()
            && shared.node.with_state(|state| state.audit.size > 0)
            && let Err(error) = sign_now(&shared, None).await
        {
            tracing::warn!(%error, "the audit log's head could not be signed");
        }
    }
}
