//! Making bundles.

use std::collections::BTreeSet;

use model::era::Era;
use model::id::RunId;

use super::{
    CHECKPOINT, FORMAT, Files, HASHES, KEYS, Kind, LEAVES, MANIFEST, Manifest, PROOFS, ProofLine,
};
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::leaf_view::LeafView;
use crate::note::{NoteVerifier, SignedNote};
use crate::tree::{Tree, TreeError};

/// The names of the commands that a bundle's reader looks for.
pub(crate) mod command {
    pub(crate) const ERA_OPENED: &str = "era-opened";
    pub(crate) const CONTROLLER_JOINING: &str = "controller-joining";
    pub(crate) const CONTROLLER_JOINED: &str = "controller-joined";
    pub(crate) const ESTATE_LOADED: &str = "estate-loaded";
    pub(crate) const INCIDENT_ENDED: &str = "incident-ended";
    pub(crate) const RUN_STARTED: &str = "run-started";
    pub(crate) const RUN_ENDED: &str = "run-ended";
}

/// The signed head that a bundle is made under.
#[derive(Clone, Debug)]
pub struct SignedHead<'a> {
    /// The cluster.
    pub cluster: &'a str,
    /// The era.
    pub era: Era,
    /// The index in the Raft log of leaf number 0.
    pub first_index: u64,
    /// The checkpoint with the rooms' signatures.
    pub checkpoint: &'a SignedNote,
    /// The rooms' public keys.
    pub keys: &'a [NoteVerifier],
}

/// Why no bundle could be made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The checkpoint can't be read.
    #[error("no bundle: the checkpoint can't be read")]
    Checkpoint(#[source] CheckpointError),
    /// Leaves under the checkpoint are not here.
    #[error("no bundle: leaves are missing on this controller; ask another one")]
    Leaves(#[source] TreeError),
    /// The leaves have another root than the checkpoint.
    #[error(
        "no bundle: the leaves stored here do not give the signed root over {size} leaves; this \
         controller's disk is damaged or its log was altered: export from another one"
    )]
    Root {
        /// How many leaves.
        size: u64,
    },
    /// The leaves of an older era are not those that the order names.
    #[error(
        "no bundle: the leaves of era {} stored here do not give the root over {size} leaves that \
         the order names which opened the era after it; this controller's disk is damaged or its \
         log was altered", .era.0
    )]
    OlderEra {
        /// Which.
        era: Era,
        /// How many leaves the order names.
        size: u64,
    },
    /// The run is not in the log under the checkpoint.
    #[error(
        "no bundle: {run} is not among the {size} leaves of the last checkpoint; see `bascule run \
         list`, or wait for the next checkpoint"
    )]
    NoSuchRun {
        /// Which.
        run: RunId,
        /// How many leaves the checkpoint covers.
        size: u64,
    },
}

/// The bundle of the whole log under the checkpoint. Leaves beyond the checkpoint are left out.
pub fn export_log<L: AsRef<[u8]>>(
    head: &SignedHead<'_>,
    leaves: &[L],
) -> Result<Files, ExportError> {
    let (size, tree) = tree_under(head, leaves)?;
    let mut files = common_files(head, Kind::Log, size, None);
    let (mut lines, mut hashes) = (Vec::new(), String::new());
    for (number, leaf) in (0..size).zip(leaves) {
        lines.extend_from_slice(leaf.as_ref());
        lines.push(b'\n');
        let hash = tree.leaf_hash(number).expect("the tree was built over these leaves");
        hashes.push_str(&format!("{hash}\n"));
    }
    files.insert(LEAVES.to_owned(), lines);
    files.insert(HASHES.to_owned(), hashes.into_bytes());
    Ok(files)
}

/// The bundle of one run: its leaves, each with its proof.
pub fn export_run<L: AsRef<[u8]>>(
    head: &SignedHead<'_>,
    leaves: &[L],
    run: RunId,
) -> Result<Files, ExportError> {
    let (size, tree) = tree_under(head, leaves)?;
    let numbers =
        leaves_of_run(head, leaves, size, run).ok_or(ExportError::NoSuchRun { run, size })?;
    let mut files = common_files(head, Kind::Run, size, Some(run));
    let (mut lines, mut proofs) = (Vec::new(), Vec::new());
    for (number, leaf) in (0..size).zip(leaves).filter(|(number, _)| numbers.contains(number)) {
        lines.extend_from_slice(leaf.as_ref());
        lines.push(b'\n');
        let path = tree.prove_inclusion(number, size).map_err(ExportError::Leaves)?;
        let hash = tree.leaf_hash(number).expect("the tree was built over these leaves");
        proofs.extend(ProofLine { leaf: number, hash, path }.to_bytes());
        proofs.push(b'\n');
    }
    files.insert(LEAVES.to_owned(), lines);
    files.insert(PROOFS.to_owned(), proofs);
    Ok(files)
}

fn tree_under<L: AsRef<[u8]>>(
    head: &SignedHead<'_>,
    leaves: &[L],
) -> Result<(u64, Tree), ExportError> {
    let checkpoint = Checkpoint::from_note(head.checkpoint).map_err(ExportError::Checkpoint)?;
    let mut tree = Tree::default();
    for (_, leaf) in (0..checkpoint.size).zip(leaves) {
        tree.append(leaf.as_ref());
    }
    let root = tree.root_at(checkpoint.size).map_err(ExportError::Leaves)?;
    if root == checkpoint.root {
        Ok((checkpoint.size, tree))
    } else {
        Err(ExportError::Root { size: checkpoint.size })
    }
}

fn common_files(head: &SignedHead<'_>, kind: Kind, size: u64, run: Option<RunId>) -> Files {
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        kind,
        cluster: head.cluster.to_owned(),
        era: head.era,
        first_index: head.first_index,
        size,
        run,
    };
    let keys: String = head.keys.iter().map(|key| format!("{key}\n")).collect();
    Files::from([
        (MANIFEST.to_owned(), manifest.to_bytes()),
        (CHECKPOINT.to_owned(), head.checkpoint.to_string().into_bytes()),
        (KEYS.to_owned(), keys.into_bytes()),
    ])
}

fn leaves_of_run<L: AsRef<[u8]>>(
    head: &SignedHead<'_>,
    leaves: &[L],
    size: u64,
    run: RunId,
) -> Option<BTreeSet<u64>> {
    let view = |number: u64| LeafView::read(leaves.get(usize::try_from(number).ok()?)?.as_ref());
    let start = run.0.checked_sub(head.first_index).filter(|start| *start < size)?;
    let started = view(start)?;
    if started.kind != command::RUN_STARTED || started.is_rejected() {
        return None;
    }
    let incident: u64 = started.field("incident")?;
    let mut numbers: BTreeSet<u64> = BTreeSet::new();
    numbers.extend(incident.checked_sub(head.first_index).filter(|number| *number < start));
    if head.era > Era(0) {
        numbers
            .extend((0..size).filter(|number| view(*number).is_some_and(|v| tells_who_signs(&v))));
    }
    let mut ended = false;
    for number in start..size {
        if !ended {
            numbers.insert(number);
        }
        let Some(leaf) = view(number).filter(|leaf| !leaf.is_rejected()) else { continue };
        match leaf.kind.as_str() {
            command::RUN_ENDED if leaf.run() == Some(run.0) => ended = true,
            command::INCIDENT_ENDED if leaf.field("incident") == Some(incident) => {
                numbers.insert(number);
                if ended {
                    break;
                }
            }
            _ => {}
        }
    }
    Some(numbers)
}

/// Whether it follows from this leaf who is a member of an era that was opened by an order.
fn tells_who_signs(leaf: &LeafView) -> bool {
    let kinds = [command::ERA_OPENED, command::CONTROLLER_JOINING, command::CONTROLLER_JOINED];
    kinds.contains(&leaf.kind.as_str()) && !leaf.is_rejected()
}
