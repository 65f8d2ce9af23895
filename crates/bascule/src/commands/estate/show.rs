use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use model::estate::Estate;
use model::estate::summary::Summary;
use model::text::Lang;

use super::check::reported;
use crate::diagnostics::{read_file, report};
use crate::failure::Failure;
use crate::output::{OutputArgs, one, print};

#[derive(Args)]
pub(crate) struct ShowArgs {
    /// The estate file
    file: PathBuf,
    #[command(flatten)]
    output: OutputArgs,
}

/// `bascule estate show`
pub(super) fn run(args: &ShowArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let (file, text) = read_file(&args.file)?;
    match Estate::parse(&file, &text) {
        Ok((estate, _)) => {
            let summary: Summary = estate.summary();
            print(&one(&summary, args.output.output, lang)?)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(found) => report(&[reported(file, &text, &found, lang)], args.output.output, lang),
    }
}
