//! The log of a run, made again from its bundle alone: each step with who or what, mode, when,
//! evidence, outcome, leaf number, and whether its inclusion proof holds.

mod build;
mod entry;
mod text;
mod words_en;
mod words_fr;

use serde::{Deserialize, Serialize};

use model::id::{IncidentId, RunId};

use crate::bundle::{Files, Kind, MANIFEST};
use crate::verify::{Trust, Verification, examine};

pub use entry::{Mode, RunLogEntry, What};
pub use text::render;

/// Why no log could be made from these files.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunLogError {
    /// The manifest is not there or can't be read.
    #[error(
        "the bundle's `{MANIFEST}` is missing or damaged: it can't be told what the bundle holds"
    )]
    Manifest,
    /// It is a bundle, but of a whole log.
    #[error(
        "this is the bundle of a whole log; export one run with `bascule audit export --run RUN`"
    )]
    NotOneRun,
    /// The leaf that starts the run is not there or can't be read.
    #[error("the leaf that starts {run} is missing from the bundle or can't be read")]
    NoStart {
        /// Which run.
        run: RunId,
    },
}

/// The log of one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunLog {
    /// The run.
    pub run: RunId,
    /// The incident that it answers.
    pub incident: Option<IncidentId>,
    /// The runbook's name.
    pub runbook: String,
    /// The runbook's hash, as pinned when the run started.
    pub runbook_hash: String,
    /// The estate's hash, as pinned when the run started.
    pub estate_hash: String,
    /// Simulated, drilled or executed.
    pub mode: Mode,
    /// What happened, in the order of the log.
    pub entries: Vec<RunLogEntry>,
    /// Leaves of the bundle that are of other matters (observations, mostly) and not listed.
    pub other_leaves: u64,
    /// Whether the bundle holds, who signed, and everything that was found.
    pub verification: Verification,
}

impl RunLog {
    /// Whether every entry is proved to be in the signed log, and none was left out.
    pub fn is_proved(&self) -> bool {
        self.verification.holds() && self.entries.iter().all(|entry| entry.proof_holds)
    }
}

/// Makes the log of the run again. A damaged bundle still gives a log; its entries and findings
/// tell what is not proved.
pub fn run_log(files: &Files, trust: &Trust) -> Result<RunLog, RunLogError> {
    let examination = examine(files, trust);
    let verification = examination.verification;
    match (verification.kind, verification.run) {
        (Some(Kind::Run), Some(run)) => build::build(run, &examination.leaves, verification),
        (None, _) => Err(RunLogError::Manifest),
        (Some(Kind::Log | Kind::Run), _) => Err(RunLogError::NotOneRun),
    }
}
