//! The bundle of one run out of the bundle of a whole log, with nothing else at hand.

use model::id::RunId;

use super::export_run;
use super::{CHECKPOINT, ExportError, Files, KEYS, LEAVES, MANIFEST, Manifest, SignedHead};
use crate::note::{NoteVerifier, SignedNote};

/// Why there is no bundle of the run.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NarrowError {
    /// A file of the bundle is missing or can't be read.
    #[error("the bundle's file `{file}` is missing or damaged; `bascule audit verify` says more")]
    File {
        /// Which.
        file: &'static str,
    },
    /// The run's bundle can't be made.
    #[error(transparent)]
    Export(#[from] ExportError),
}

/// Makes the bundle of a run from the bundle of the log that holds it. The leaves are compared
/// with the checkpoint on the way; the signatures are for the reader of the result to check.
pub fn run_of_log(log: &Files, run: RunId) -> Result<Files, NarrowError> {
    let file = |name: &'static str| log.get(name).ok_or(NarrowError::File { file: name });
    let text = |name: &'static str| {
        std::str::from_utf8(file(name)?).map_err(|_| NarrowError::File { file: name })
    };
    let manifest =
        Manifest::from_bytes(file(MANIFEST)?).ok_or(NarrowError::File { file: MANIFEST })?;
    let checkpoint: SignedNote =
        text(CHECKPOINT)?.parse().map_err(|_| NarrowError::File { file: CHECKPOINT })?;
    let keys: Vec<NoteVerifier> = text(KEYS)?
        .lines()
        .map(|line| line.parse().map_err(|_| NarrowError::File { file: KEYS }))
        .collect::<Result<_, _>>()?;
    let leaves: Vec<&str> = text(LEAVES)?.lines().collect();
    let head = SignedHead {
        cluster: &manifest.cluster,
        era: manifest.era,
        first_index: manifest.first_index,
        checkpoint: &checkpoint,
        keys: &keys,
    };
    Ok(export_run(&head, &leaves, run)?)
}
