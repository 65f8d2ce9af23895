use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use model::text::Lang;

use super::place::PlaceArgs;
use crate::diagnostics::{FileReport, Finding, read_file, report};
use crate::failure::Failure;
use crate::output::OutputArgs;

#[derive(Args)]
pub(crate) struct LintArgs {
    /// The runbook files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// `bascule runbook lint`
pub(super) fn run(args: &LintArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let scope = match args.place.read(args.output.output, lang)? {
        Ok(place) => place.scope(),
        Err(code) => return Ok(code),
    };
    let mut reports = Vec::new();
    for path in &args.files {
        let (file, text) = read_file(path)?;
        let reading = runbook::read_in(&file, &text, &scope);
        let findings =
            reading.diagnostics.iter().map(|found| Finding::of_runbook(found, lang)).collect();
        reports.push(FileReport::new(file, findings));
    }
    report(&reports, args.output.output, lang)
}
