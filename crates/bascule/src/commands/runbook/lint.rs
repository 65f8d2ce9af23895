use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use model::text::Lang;

use crate::diagnostics::{FileReport, Finding, read_file, report};
use crate::failure::Failure;
use crate::output::OutputArgs;

#[derive(Args)]
pub(crate) struct LintArgs {
    /// The runbook files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

/// `bascule runbook lint`
pub(super) fn run(args: &LintArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let mut reports = Vec::new();
    for path in &args.files {
        let (file, text) = read_file(path)?;
        let reading = runbook::read(&file, &text);
        let findings =
            reading.diagnostics.iter().map(|found| Finding::of_runbook(found, lang)).collect();
        reports.push(FileReport::new(file, findings));
    }
    report(&reports, args.output.output, lang)
}
