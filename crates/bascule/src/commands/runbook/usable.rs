//! Files that a command works with: what is wrong with them is reported, and the command ends.

use std::path::Path;
use std::process::ExitCode;

use model::estate::Estate;
use model::policy::Policy;
use model::text::Lang;
use runbook::{Runbook, Scope};

use crate::commands::estate::reported;
use crate::diagnostics::{FileReport, Finding, read_file, report};
use crate::failure::Failure;
use crate::output::Format;

/// A file, or the exit code of a command that can't go on without it.
pub(super) type Usable<T> = Result<T, ExitCode>;

/// A runbook without errors; warnings are for `lint`.
pub(super) fn runbook(
    path: &Path,
    scope: &Scope,
    format: Format,
    lang: Lang,
) -> Result<Usable<Runbook>, Failure> {
    let (file, text) = read_file(path)?;
    let reading = runbook::read_in(&file, &text, scope);
    match reading.runbook {
        Some(runbook) => Ok(Ok(runbook)),
        None => {
            let found = reading.diagnostics.iter();
            let findings = found.map(|found| Finding::of_runbook(found, lang)).collect();
            report(&[FileReport::new(file, findings)], format, lang).map(Err)
        }
    }
}

/// An estate without errors.
pub(super) fn estate(path: &Path, format: Format, lang: Lang) -> Result<Usable<Estate>, Failure> {
    let (file, text) = read_file(path)?;
    match Estate::parse(&file, &text) {
        Ok((estate, _)) => Ok(Ok(estate)),
        Err(found) => report(&[reported(file, &text, &found, lang)], format, lang).map(Err),
    }
}

/// A policy without errors, read for the estate if there is one.
pub(super) fn policy(
    path: &Path,
    estate: Option<&Estate>,
    format: Format,
    lang: Lang,
) -> Result<Usable<Policy>, Failure> {
    let (file, text) = read_file(path)?;
    let read = match estate {
        Some(estate) => Policy::parse_for(estate, &file, &text),
        None => Policy::parse(&file, &text),
    };
    match read {
        Ok((policy, _)) => Ok(Ok(policy)),
        Err(found) => report(&[reported(file, &text, &found, lang)], format, lang).map(Err),
    }
}
