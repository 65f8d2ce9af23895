//! Bundles of the audit log as folders, and the keys to check them with.

use std::path::{Path, PathBuf};

use audit::bundle::{ExportError, Files, SignedHead, add_older_era, export_log};
use audit::checkpoint::{Checkpoint, origin};
use audit::era_order::SignedOrder;
use audit::note::{NoteVerifier, SignedNote};
use audit::verify::Trust;
use model::era::Era;
use server::query::AuditHead;
use tonic::Streaming;
use wire::api::LeafChunk;

use crate::client::{Client, status_failure};
use crate::failure::{Class, Failure};
use crate::words::both;

/// Reads a bundle. What is no plain file is left out; what is missing is the verifier's to say.
pub(crate) fn read(folder: &Path) -> Result<Files, Failure> {
    let unreadable = |path: &Path, error: &std::io::Error| {
        let path = path.display();
        Failure::new(
            Class::Input,
            both!("{path} cannot be read: {error}", "{path} est illisible : {error}"),
        )
    };
    let mut files = Files::new();
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
        if let (true, Some(name)) = (path.is_file(), name) {
            files.insert(name, std::fs::read(&path).map_err(|error| unreadable(&path, &error))?);
        }
    }
    Ok(files)
}

/// Writes a bundle into a new or empty folder.
pub(crate) fn write(folder: &Path, files: &Files) -> Result<(), Failure> {
    let failed = |path: &Path, error: &std::io::Error| {
        let path = path.display();
        Failure::new(
            Class::Input,
            both!("{path} cannot be written: {error}", "{path} ne peut être écrit : {error}"),
        )
    };
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    let mut there = std::fs::read_dir(folder).map_err(|error| failed(folder, &error))?;
    if there.next().is_some() {
        let shown = folder.display();
        return Err(Failure::new(
            Class::Rejected,
            both!(
                "{shown} is not empty: evidence is never mixed or overwritten",
                "{shown} n'est pas vide : des preuves ne sont ni mélangées ni écrasées",
            ),
        )
        .advising(both!("name a new folder with --to", "nommez un nouveau dossier avec --to")));
    }
    for (name, bytes) in files {
        let path = folder.join(name);
        std::fs::write(&path, bytes).map_err(|error| failed(&path, &error))?;
    }
    Ok(())
}

/// The keys of a file, one a line, and how many must have signed.
pub(crate) fn trust(keys: Option<&PathBuf>, needed: Option<usize>) -> Result<Trust, Failure> {
    let Some(path) = keys else { return Ok(Trust { keys: None, signatures_needed: needed }) };
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::new(
            Class::Input,
            both!("{shown} cannot be read: {error}", "{shown} est illisible : {error}"),
        )
    })?;
    let mut verifiers: Vec<NoteVerifier> = Vec::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        verifiers.push(line.trim().parse().map_err(|error| {
            Failure::new(
                Class::Input,
                both!(
                    "line {number} of {shown} is no key: {error}",
                    "la ligne {number} de {shown} n'est pas une clé : {error}",
                ),
            )
        })?);
    }
    if verifiers.is_empty() {
        return Err(Failure::new(
            Class::Input,
            both!("{shown} holds no key", "{shown} ne contient aucune clé"),
        ));
    }
    Ok(Trust { keys: Some(verifiers), signatures_needed: needed })
}

/// The log of a living cluster under a fresh checkpoint.
pub(crate) struct SignedLog {
    cluster: String,
    era: Era,
    checkpoint: SignedNote,
    keys: Vec<NoteVerifier>,
    /// Every leaf under the checkpoint.
    pub(crate) leaves: Vec<Vec<u8>>,
    /// The logs of older eras, newest first, each with the order that goes on from it.
    older: Vec<(SignedOrder, Vec<Vec<u8>>)>,
}

impl SignedLog {
    /// Has the rooms sign, then fetches every leaf under their signatures.
    pub(crate) async fn fetch(client: &Client) -> Result<Self, Failure> {
        let damaged =
            |error: &(dyn std::error::Error + 'static)| Failure::of(Class::Internal, error);
        let head: AuditHead = client.query("audit-head", None).await?;
        let reply = client.checkpoint(0).await?;
        let checkpoint: SignedNote = reply.note.parse().map_err(|error| damaged(&error))?;
        let keys = reply
            .keys
            .iter()
            .map(|key| key.parse().map_err(|error| damaged(&error)))
            .collect::<Result<_, Failure>>()?;
        let signed = Checkpoint::from_note(&checkpoint).map_err(|error| damaged(&error))?;
        let (cluster, era) = (client.cluster().to_owned(), Era(head.era));
        if signed.origin != origin(&cluster, era) {
            let (found, number) = (signed.origin, era.0);
            return Err(Failure::new(
                Class::Rejected,
                both!(
                    "the checkpoint is of `{found}`, not of this cluster's era {number}",
                    "le point de contrôle est de `{found}`, pas de l'ère {number} de cette grappe",
                ),
            ));
        }
        let leaves = all(client.leaves(0, signed.size, false).await?).await?;
        let mut older: Vec<(SignedOrder, Vec<Vec<u8>>)> = Vec::new();
        loop {
            let first = older.last().map_or(&leaves, |(_, leaves)| leaves).first();
            let Some(order) = first.and_then(|leaf| SignedOrder::of_leaf(leaf)) else { break };
            let kept = all(client.leaves_of_era(order.order().old.era).await?).await?;
            older.push((order, kept));
        }
        Ok(Self { cluster, era, checkpoint, keys, leaves, older })
    }

    /// The bundle of the whole log: this era's and every older one's.
    pub(crate) fn bundle(&self) -> Result<Files, ExportError> {
        let mut files = export_log(&self.head(), &self.leaves)?;
        for (order, leaves) in &self.older {
            add_older_era(&mut files, order, leaves)?;
        }
        Ok(files)
    }

    /// What a bundle is made under. The log begins at index 0.
    pub(crate) fn head(&self) -> SignedHead<'_> {
        SignedHead {
            cluster: &self.cluster,
            era: self.era,
            first_index: 0,
            checkpoint: &self.checkpoint,
            keys: &self.keys,
        }
    }
}

async fn all(mut stream: Streaming<LeafChunk>) -> Result<Vec<Vec<u8>>, Failure> {
    let mut leaves = Vec::new();
    while let Some(chunk) = stream.message().await.map_err(|status| status_failure(&status))? {
        leaves.push(chunk.leaf);
    }
    Ok(leaves)
}
