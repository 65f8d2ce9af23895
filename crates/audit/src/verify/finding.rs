//! What the verifier finds, in words.

use serde::{Deserialize, Serialize};

use model::text::{Lang, Text};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// To know, nothing is wrong.
    Note,
    /// The log holds, but something around it is not as it should be.
    Warning,
    /// The bundle does not prove what it claims.
    Error,
}

/// What kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Problem {
    /// A file of the bundle is not there.
    FileMissing,
    /// A file, or a line of it, is not what the format says.
    FileUnreadable,
    /// A file does not end with a line feed.
    FileCutShort,
    /// A file that the format does not know.
    FileUnknown,
    /// The manifest contradicts the checkpoint or the leaves.
    ManifestDiffers,
    /// A signature by a known key does not hold.
    SignatureInvalid,
    /// A signature by a key that is not among the known ones.
    SignatureByUnknownKey,
    /// Fewer valid signatures than needed.
    SignaturesTooFew,
    /// No key came from outside of the bundle.
    KeysFromBundle,
    /// The bundle's keys are not the trusted ones.
    KeysDiffer,
    /// The root over the leaves is not the signed one.
    RootDiffers,
    /// A leaf has other bytes than were signed.
    LeafAltered,
    /// A leaf is not there.
    LeafMissing,
    /// A line is no leaf of the log, or a leaf a second time.
    LeafExtra,
    /// A leaf stands at another leaf's place.
    LeafOutOfPlace,
    /// A leaf is signed but is not what a leaf must be.
    LeafMalformed,
    /// An entry of the list of hashes is not that of its leaf.
    HashAltered,
    /// The inclusion proof of a leaf is not there.
    ProofMissing,
    /// The inclusion proof of a leaf does not hold.
    ProofInvalid,
    /// An era is not linked to the one before.
    EraUnlinked,
    /// The order that opened an era lacks what makes it one.
    EraOrderInvalid,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// What kind.
    pub problem: Problem,
    /// The number of the leaf in the tree, from 0, if it is about one.
    pub leaf: Option<u64>,
    /// The file, if it is about one.
    pub file: Option<String>,
    /// In words.
    pub text: Text,
}

impl Finding {
    pub(crate) fn new(severity: Severity, problem: Problem, en: String, fr: String) -> Self {
        Self { severity, problem, leaf: None, file: None, text: Text::Each { fr, en } }
    }

    pub(crate) fn error(problem: Problem, en: String, fr: String) -> Self {
        Self::new(Severity::Error, problem, en, fr)
    }

    /// Names the older era that it is about.
    pub(crate) fn of_era(mut self, era: u64) -> Self {
        let (en, fr) = (self.text.in_lang(Lang::En), self.text.in_lang(Lang::Fr));
        let (en, fr) = (format!("era {era}: {en}"), format!("ère {era} : {fr}"));
        self.text = Text::Each { fr, en };
        self
    }

    pub(crate) fn of_leaf(mut self, leaf: u64) -> Self {
        self.leaf = Some(leaf);
        self
    }

    pub(crate) fn of_file(mut self, file: &str) -> Self {
        self.file = Some(file.to_owned());
        self
    }

    /// One line: severity and text.
    pub fn line(&self, lang: Lang) -> String {
        let severity = match (self.severity, lang) {
            (Severity::Error, Lang::En) => "ERROR",
            (Severity::Error, Lang::Fr) => "ERREUR",
            (Severity::Warning, Lang::En) => "warning",
            (Severity::Warning, Lang::Fr) => "avertissement",
            (Severity::Note, _) => "note",
        };
        format!("{severity}: {}", self.text.in_lang(lang))
    }
}
