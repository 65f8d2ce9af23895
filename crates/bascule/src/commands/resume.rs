use std::process::ExitCode;

use clap::Args;
use model::text::Lang;
use state_machine::Command;

use super::orders;
use crate::client::ReachArgs;
use crate::failure::Failure;
use crate::output::OutputArgs;
use crate::words::orders::RESUMED;

#[derive(Args)]
pub(crate) struct ResumeArgs {
    #[command(flatten)]
    reach: ReachArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// `bascule resume`
pub(super) fn run(args: &ResumeArgs, lang: Lang) -> Result<ExitCode, Failure> {
    orders::give(&args.reach, args.output, lang, ("cluster", RESUMED), async |_| {
        Ok(Command::Resumed)
    })
}
