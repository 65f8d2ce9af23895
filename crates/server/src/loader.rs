//! Reading the estate, the policy and the runbooks that a new cluster is loaded with.

use std::path::{Path, PathBuf};

use model::estate::Estate;
use model::policy::Policy;
use model::text::Lang;
use planning::blast_radius;
use runbook::Runbook;
use state_machine::Command;

use crate::config::Config;
use crate::pin::pin;

/// Why they can't be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file can't be read.
    #[error("cannot read {}: {source}; check the path and its permissions", .path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file has errors.
    #[error("{} has errors; `bascule {noun} check {}` shows each with its place:\n{first}", .path.display(), .path.display())]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// The command's noun.
        noun: &'static str,
        /// The first error.
        first: String,
    },
    /// A value can't be pinned.
    #[error("{} cannot be written in canonical form: {source}", .path.display())]
    Pin {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// Reads what the configuration names; nothing if it names no estate.
pub(crate) fn read(config: &Config) -> Result<Option<Command>, LoadError> {
    let Some(estate_path) = &config.estate else { return Ok(None) };
    let text = read_file(estate_path)?;
    let name = estate_path.display().to_string();
    let estate = match Estate::parse(&name, &text) {
        Ok((estate, _)) => estate,
        Err(found) => {
            return Err(invalid(
                estate_path,
                "estate",
                first(found.iter().map(|one| one.one_line(Lang::En))),
            ));
        }
    };
    let policy = match &config.policy {
        None => Policy::default(),
        Some(path) => {
            let text = read_file(path)?;
            match Policy::parse_for(&estate, &path.display().to_string(), &text) {
                Ok((policy, _)) => policy,
                Err(found) => {
                    return Err(invalid(
                        path,
                        "policy",
                        first(found.iter().map(|one| one.one_line(Lang::En))),
                    ));
                }
            }
        }
    };
    // What the policy asks of runbooks is for lint: a controller starts all the same.
    let scope = blast_radius::scope(Some(&estate), None);
    let mut runbooks = Vec::new();
    if let Some(folder) = &config.runbooks {
        for path in runbook_files(folder)? {
            let text = read_file(&path)?;
            let parsed: Runbook = runbook::parse_in(&path.display().to_string(), &text, &scope)
                .map_err(|found| {
                    invalid(&path, "runbook", first(found.iter().map(ToString::to_string)))
                })?;
            runbooks
                .push(pin(parsed).map_err(|source| LoadError::Pin { path: path.clone(), source })?);
        }
    }
    let pin_error = |source| LoadError::Pin { path: estate_path.clone(), source };
    Ok(Some(Command::EstateLoaded {
        estate: Box::new(pin(estate).map_err(pin_error)?),
        policy: Box::new(pin(policy).map_err(pin_error)?),
        runbooks,
    }))
}

fn first(mut found: impl Iterator<Item = String>) -> String {
    found.next().unwrap_or_default()
}

fn invalid(path: &Path, noun: &'static str, first: String) -> LoadError {
    LoadError::Invalid { path: path.into(), noun, first }
}

fn read_file(path: &Path) -> Result<String, LoadError> {
    std::fs::read_to_string(path).map_err(|source| LoadError::Read { path: path.into(), source })
}

fn runbook_files(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let entries = std::fs::read_dir(folder)
        .map_err(|source| LoadError::Read { path: folder.into(), source })?;
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    files.sort();
    Ok(files)
}
