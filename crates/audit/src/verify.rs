//! Offline verification of a bundle: with no cluster, no network and no clock.

mod alignment;
mod content;
mod eras;
mod finding;
mod one_run;
mod signatures;
mod whole_log;

use serde::{Deserialize, Serialize};

use model::era::Era;
use model::id::RunId;

use crate::bundle::{
    CHECKPOINT, Files, HASHES, KEYS, Kind, LEAVES, MANIFEST, Manifest, PROOFS, hashes_of, leaves_of,
};
use crate::checkpoint::{Checkpoint, origin};
use crate::hash::Hash;
use crate::note::{NoteVerifier, SignedNote};

pub use eras::OlderEra;
pub use finding::{Finding, Problem, Severity};

/// What the auditor brings along.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The rooms' public keys, from a source other than the bundle. Without them the bundle's own
    /// are used, and whoever made the bundle may have made them too; a finding says so.
    pub keys: Option<Vec<NoteVerifier>>,
    /// How many of the keys must have signed, at least one; without it, more than half of those of
    /// the rooms that vote in the era.
    pub signatures_needed: Option<usize>,
}

/// What the verifier found out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// Everything found, in the order of the checks.
    pub findings: Vec<Finding>,
    /// What the bundle says that it holds.
    pub kind: Option<Kind>,
    /// The cluster.
    pub cluster: String,
    /// The era.
    pub era: Era,
    /// The run, in the bundle of one.
    pub run: Option<RunId>,
    /// How many leaves the checkpoint covers.
    pub size: u64,
    /// The signed root.
    pub root: Option<Hash>,
    /// How many leaves of the bundle were checked and are proved.
    pub leaves_proved: u64,
    /// The names of the keys whose signature holds.
    pub signed_by: Vec<String>,
    /// How many keys are known.
    pub keys: usize,
    /// How many of them had to sign.
    pub signatures_needed: usize,
    /// The older eras, newest first, each with what was found out about it.
    #[serde(default)]
    pub older_eras: Vec<OlderEra>,
}

impl Verification {
    /// Whether the bundle proves what it claims.
    pub fn holds(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity < Severity::Error)
    }
}

/// Verifies a bundle. Never fails: what can't be read is a finding.
pub fn verify(files: &Files, trust: &Trust) -> Verification {
    examine(files, trust).verification
}

/// A leaf of the bundle with what was found out about it.
pub(crate) struct ExaminedLeaf<'a> {
    pub(crate) leaf: u64,
    pub(crate) bytes: &'a [u8],
    pub(crate) proved: bool,
}

pub(crate) struct Examination<'a> {
    pub(crate) verification: Verification,
    pub(crate) leaves: Vec<ExaminedLeaf<'a>>,
}

/// The signed head that everything is compared with.
pub(crate) struct Head {
    manifest: Manifest,
    size: u64,
    root: Hash,
    /// The name of the file with the leaves.
    leaves: String,
    /// The name of the file with their hashes.
    hashes: String,
}

pub(crate) fn examine<'a>(files: &'a Files, trust: &Trust) -> Examination<'a> {
    let mut verification = Verification {
        findings: Vec::new(),
        kind: None,
        cluster: String::new(),
        era: Era(0),
        run: None,
        size: 0,
        root: None,
        leaves_proved: 0,
        signed_by: Vec::new(),
        keys: 0,
        signatures_needed: 0,
        older_eras: Vec::new(),
    };
    let findings = &mut verification.findings;
    let manifest = read_manifest(files, findings);
    let note = read_note(files, findings);
    if let Some(note) = &note {
        let voters = manifest.as_ref().and_then(|manifest| eras::voters(files, manifest));
        let signatures = signatures::check(files, note, (trust, voters.as_ref()), findings);
        verification.signed_by = signatures.signed_by;
        verification.keys = signatures.keys;
        verification.signatures_needed = signatures.needed;
    }
    let checkpoint = note.as_ref().and_then(|note| read_checkpoint(note, findings));
    if let Some(checkpoint) = &checkpoint {
        verification.size = checkpoint.size;
        verification.root = Some(checkpoint.root);
    }
    let mut leaves = Vec::new();
    if let Some(manifest) = manifest {
        verification.kind = Some(manifest.kind);
        verification.cluster.clone_from(&manifest.cluster);
        verification.era = manifest.era;
        verification.run = manifest.run;
        unknown_files(files, &manifest, findings);
        if let Some(checkpoint) = checkpoint {
            manifest_matches(&manifest, &checkpoint, findings);
            let (size, root) = (checkpoint.size, checkpoint.root);
            let (file_of_leaves, hashes) = (LEAVES.to_owned(), HASHES.to_owned());
            let head = Head { manifest, size, root, leaves: file_of_leaves, hashes };
            leaves = match head.manifest.kind {
                Kind::Log => whole_log::check(files, &head, findings),
                Kind::Run => one_run::check(files, &head, findings),
            };
            let first = leaves.iter().find(|leaf| leaf.leaf == 0).map(|leaf| leaf.bytes);
            verification.older_eras = eras::check(files, &head, first, findings);
        }
    }
    if verification.signed_by.len() < verification.signatures_needed || note.is_none() {
        // A path to a root that nobody stands for proves nothing.
        leaves.iter_mut().for_each(|leaf| leaf.proved = false);
    }
    verification.leaves_proved = leaves.iter().filter(|leaf| leaf.proved).count() as u64;
    Examination { verification, leaves }
}

/// The bytes of a file, or a finding.
fn file<'a>(files: &'a Files, name: &str, findings: &mut Vec<Finding>) -> Option<&'a [u8]> {
    let bytes = files.get(name).map(Vec::as_slice);
    if bytes.is_none() {
        findings.push(
            Finding::error(
                Problem::FileMissing,
                format!("the file `{name}` is missing from the bundle"),
                format!("le fichier `{name}` manque dans le dossier"),
            )
            .of_file(name),
        );
    }
    bytes
}

/// The lines of a file; a last line without its line feed is a finding.
fn lines<'a>(name: &str, bytes: &'a [u8], findings: &mut Vec<Finding>) -> Vec<&'a [u8]> {
    if bytes.is_empty() {
        return Vec::new();
    }
    let whole = bytes.strip_suffix(b"\n");
    if whole.is_none() {
        findings.push(
            Finding::error(
                Problem::FileCutShort,
                format!("the file `{name}` does not end with a line feed: it was cut short"),
                format!("le fichier `{name}` ne finit pas par un saut de ligne : il est tronqué"),
            )
            .of_file(name),
        );
    }
    whole.unwrap_or(bytes).split(|byte| *byte == b'\n').collect()
}

fn unreadable(name: &str, why_en: &str, why_fr: &str) -> Finding {
    Finding::error(
        Problem::FileUnreadable,
        format!("the file `{name}` can't be read: {why_en}"),
        format!("le fichier `{name}` est illisible : {why_fr}"),
    )
    .of_file(name)
}

fn read_manifest(files: &Files, findings: &mut Vec<Finding>) -> Option<Manifest> {
    let manifest = Manifest::from_bytes(file(files, MANIFEST, findings)?);
    if manifest.is_none() {
        findings.push(unreadable(
            MANIFEST,
            "it is not a manifest of this format, or was altered",
            "ce n'est pas un manifeste de ce format, ou il a été altéré",
        ));
    }
    manifest
}

fn read_note(files: &Files, findings: &mut Vec<Finding>) -> Option<SignedNote> {
    let bytes = file(files, CHECKPOINT, findings)?;
    let note = std::str::from_utf8(bytes).ok().and_then(|text| text.parse::<SignedNote>().ok());
    // A note has one spelling; other bytes that happen to read as the same note were altered.
    let note = note.filter(|note| note.to_string().as_bytes() == bytes);
    if note.is_none() {
        findings.push(unreadable(
            CHECKPOINT,
            "it is not a signed note, or was altered or cut short",
            "ce n'est pas une note signée, ou elle a été altérée ou tronquée",
        ));
    }
    note
}

fn read_checkpoint(note: &SignedNote, findings: &mut Vec<Finding>) -> Option<Checkpoint> {
    match Checkpoint::from_note(note) {
        Ok(checkpoint) => Some(checkpoint),
        Err(error) => {
            let fr = "le point de contrôle n'a pas la forme attendue";
            findings.push(unreadable(CHECKPOINT, &error.to_string(), fr));
            None
        }
    }
}

fn unknown_files(files: &Files, manifest: &Manifest, findings: &mut Vec<Finding>) {
    let own = match manifest.kind {
        Kind::Log => HASHES,
        Kind::Run => PROOFS,
    };
    let known = [MANIFEST, LEAVES, CHECKPOINT, KEYS, own];
    let of_older_era = |name: &String| {
        let mut older = (0..manifest.era.0).map(Era);
        manifest.kind == Kind::Log
            && older.any(|era| *name == leaves_of(era) || *name == hashes_of(era))
    };
    let known = |name: &&String| known.contains(&name.as_str()) || of_older_era(name);
    for name in files.keys().filter(|name| !known(name)) {
        findings.push(
            Finding::new(
                Severity::Warning,
                Problem::FileUnknown,
                format!("the file `{name}` is no part of the bundle: nothing proves it"),
                format!("le fichier `{name}` ne fait pas partie du dossier : rien ne le prouve"),
            )
            .of_file(name),
        );
    }
}

fn manifest_matches(manifest: &Manifest, checkpoint: &Checkpoint, findings: &mut Vec<Finding>) {
    let expected = origin(&manifest.cluster, manifest.era);
    let rows = [
        ("origin", "l'origine", expected, checkpoint.origin.clone()),
        ("size", "la taille", manifest.size.to_string(), checkpoint.size.to_string()),
    ];
    for (en, fr, says, signed) in rows.into_iter().filter(|(_, _, says, signed)| says != signed) {
        findings.push(
            Finding::error(
                Problem::ManifestDiffers,
                format!("the manifest says that the log's {en} is `{says}`, the checkpoint `{signed}`"),
                format!("selon le manifeste, {fr} du journal est `{says}`, selon le point de contrôle `{signed}`"),
            )
            .of_file(MANIFEST),
        );
    }
}
