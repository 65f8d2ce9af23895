//! What a scenario is about: the estate, the policy and the runbooks, read and pinned.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::estate::Estate;
use model::policy::Policy;
use model::text::Lang;
use model::units::Span;
use planning::blast_radius;
use serde::Serialize;
use sha2::{Digest, Sha256};
use state_machine::{Command, Pinned};

use crate::scenario::Scenario;

/// What runs are made of, read once.
#[derive(Clone, Debug)]
pub struct Site {
    /// The estate.
    pub(crate) estate: Arc<Estate>,
    /// The policy.
    pub(crate) policy: Arc<Policy>,
    /// The entry that loads them.
    pub(crate) load: Command,
}

/// Why a scenario's files can't be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file can't be read.
    #[error("cannot read {}, which the scenario names: {source}", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file has errors.
    #[error("{} has errors; correct the file first: {first}", .path.display())]
    Invalid {
        /// Which.
        path: PathBuf,
        /// The first error.
        first: String,
    },
    /// It has no canonical form.
    #[error("{} cannot be pinned: {source}", .path.display())]
    Pin {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

fn text_of(path: &Path) -> Result<String, LoadError> {
    std::fs::read_to_string(path).map_err(|source| LoadError::Read { path: path.into(), source })
}

fn pin<T: Serialize>(path: &Path, value: T) -> Result<Pinned<T>, LoadError> {
    let canonical = serde_json_canonicalizer::to_vec(&value)
        .map_err(|source| LoadError::Pin { path: path.into(), source })?;
    let hash = Sha256::digest(&canonical).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Pinned { hash, value })
}

fn runbook_files(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let entries = std::fs::read_dir(folder)
        .map_err(|source| LoadError::Read { path: folder.into(), source })?;
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    // The order of a folder is the file system's: the seed must not depend on it.
    files.sort();
    Ok(files)
}

/// The files that a scenario names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Files<'a> {
    pub(crate) estate: &'a Path,
    pub(crate) policy: &'a Path,
    /// A folder.
    pub(crate) runbooks: &'a Path,
}

impl Site {
    /// Reads what a scenario names.
    pub fn read(scenario: &Scenario) -> Result<Self, LoadError> {
        let files = Files {
            estate: &scenario.estate,
            policy: &scenario.policy,
            runbooks: &scenario.runbooks,
        };
        Self::load(files, scenario.longest_attempt, |estate| estate)
    }

    /// Reads these files, and pins the estate as `told` makes it.
    pub(crate) fn load(
        files: Files<'_>,
        longest_attempt: Option<Span>,
        told: impl FnOnce(Estate) -> Estate,
    ) -> Result<Self, LoadError> {
        let invalid = |path: &Path, first: Option<String>| LoadError::Invalid {
            path: path.into(),
            first: first.unwrap_or_default(),
        };
        let path = files.estate;
        let (estate, _) = Estate::parse(&path.display().to_string(), &text_of(path)?)
            .map_err(|found| invalid(path, found.first().map(|one| one.one_line(Lang::En))))?;
        let estate = told(estate);
        let path = files.policy;
        let (policy, _) = Policy::parse_for(&estate, &path.display().to_string(), &text_of(path)?)
            .map_err(|found| invalid(path, found.first().map(|one| one.one_line(Lang::En))))?;
        let scope = blast_radius::scope(Some(&estate), None);
        let mut runbooks = Vec::new();
        for path in runbook_files(files.runbooks)? {
            let name = path.display().to_string();
            let mut parsed = runbook::parse_in(&name, &text_of(&path)?, &scope)
                .map_err(|found| invalid(&path, found.first().map(ToString::to_string)))?;
            if let Some(longest) = longest_attempt {
                for step in &mut parsed.steps {
                    step.timeout = step.timeout.min(longest);
                }
            }
            runbooks.push(pin(&path, parsed)?);
        }
        let load = Command::EstateLoaded {
            estate: Box::new(pin(files.estate, estate.clone())?),
            policy: Box::new(pin(files.policy, policy.clone())?),
            runbooks,
        };
        Ok(Self { estate: Arc::new(estate), policy: Arc::new(policy), load })
    }
}
