use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use model::diagnostic::Diagnostic;
use model::estate::Estate;
use model::policy::Policy;
use model::text::Lang;

use crate::diagnostics::{FileReport, Finding, read_file, report};
use crate::failure::Failure;
use crate::output::OutputArgs;

#[derive(Args)]
pub(crate) struct CheckArgs {
    /// The estate file
    file: PathBuf,
    /// Check this policy too, and that it suits the estate
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

/// `bascule estate check`
pub(super) fn run(args: &CheckArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let (file, text) = read_file(&args.file)?;
    let (estate, found) = match Estate::parse(&file, &text) {
        Ok((estate, warnings)) => (Some(estate), warnings),
        Err(found) => (None, found),
    };
    let mut reports = vec![reported(file, &text, &found, lang)];
    if let Some(path) = &args.policy {
        let (file, text) = read_file(path)?;
        let read = match &estate {
            Some(estate) => Policy::parse_for(estate, &file, &text),
            None => Policy::parse(&file, &text),
        };
        let found = match read {
            Ok((_, warnings)) => warnings,
            Err(found) => found,
        };
        reports.push(reported(file, &text, &found, lang));
    }
    report(&reports, args.output.output, lang)
}

/// What was found in one file.
pub(in crate::commands) fn reported(
    file: String,
    text: &str,
    found: &[Diagnostic],
    lang: Lang,
) -> FileReport {
    let findings = found.iter().map(|one| Finding::of_model(one, text, lang)).collect();
    FileReport::new(file, findings)
}
