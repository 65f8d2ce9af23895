use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use model::policy::Policy;
use model::text::Lang;

use crate::commands::estate::reported;
use crate::diagnostics::{read_file, report};
use crate::failure::Failure;
use crate::output::OutputArgs;

#[derive(Args)]
pub(crate) struct CheckArgs {
    /// The policy file
    file: PathBuf,
    #[command(flatten)]
    output: OutputArgs,
}

/// `bascule policy check`
pub(super) fn run(args: &CheckArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let (file, text) = read_file(&args.file)?;
    let found = match Policy::parse(&file, &text) {
        Ok((_, warnings)) => warnings,
        Err(found) => found,
    };
    report(&[reported(file, &text, &found, lang)], args.output.output, lang)
}
