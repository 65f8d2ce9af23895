use std::process::ExitCode;

use clap::Args;
use model::id::RunId;
use model::text::Lang;
use state_machine::Command;

use crate::client::ReachArgs;
use crate::commands::orders;
use crate::failure::Failure;
use crate::output::OutputArgs;
use crate::words::orders::RUN_RESUMED;

#[derive(Args)]
pub(crate) struct ResumeArgs {
    /// The run
    #[arg(value_parser = crate::commands::run_id)]
    run: RunId,
    #[command(flatten)]
    reach: ReachArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// `bascule run resume`
pub(super) fn run(args: &ResumeArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let about = format!("run/{}", args.run);
    orders::give(&args.reach, args.output, lang, (&about, RUN_RESUMED), async |_| {
        Ok(Command::RunResumed { run: args.run })
    })
}
