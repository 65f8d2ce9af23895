use std::process::ExitCode;

use clap::Args;
use model::id::RunId;
use model::text::Lang;
use state_machine::Command;

use crate::client::ReachArgs;
use crate::commands::orders;
use crate::failure::Failure;
use crate::output::OutputArgs;
use crate::words::orders::ABORTED;

#[derive(Args)]
pub(crate) struct AbortArgs {
    /// The run
    #[arg(value_parser = crate::commands::run_id)]
    run: RunId,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    reach: ReachArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// `bascule run abort`
pub(super) fn run(args: &AbortArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let about = format!("run/{}", args.run);
    orders::give(&args.reach, args.output, lang, (&about, ABORTED), async |_| {
        Ok(Command::RunAborted { run: args.run, reason: args.reason.clone() })
    })
}
