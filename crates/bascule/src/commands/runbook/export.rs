use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use model::text::Lang;
use runbook::{Provenance, Scope, cacao};

use super::usable;
use crate::failure::Failure;
use crate::output::{Format, as_data, print};

/// A format that other tools read.
#[derive(Clone, Copy, ValueEnum)]
enum Foreign {
    /// A CACAO 2.0 playbook, JSON
    Cacao,
}

#[derive(Args)]
pub(crate) struct ExportArgs {
    /// The runbook file
    file: PathBuf,
    /// The format
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Foreign,
    /// When this version was made, as 2026-01-31T12:00:00Z; now by default
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// The organisation that answers for it
    #[arg(long, value_name = "NAME", default_value = "Bascule")]
    by: String,
}

/// `bascule runbook export`
pub(super) fn run(args: &ExportArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let book = match usable::runbook(&args.file, &Scope::default(), Format::Table, lang)? {
        Ok(book) => book,
        Err(code) => return Ok(code),
    };
    let at = args.at.unwrap_or_else(Timestamp::now);
    let provenance = Provenance {
        at: at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        by: args.by.clone(),
        lang,
    };
    match args.format {
        Foreign::Cacao => print(&as_data(&cacao(&book, &provenance), Format::Json)?)?,
    }
    Ok(ExitCode::SUCCESS)
}
