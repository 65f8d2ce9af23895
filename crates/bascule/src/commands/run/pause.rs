use std::process::ExitCode;

use clap::Args;
use model::id::RunId;
use model::text::Lang;
use model::units::Span;
use state_machine::Command;

use crate::client::ReachArgs;
use crate::commands::orders;
use crate::failure::Failure;
use crate::output::OutputArgs;
use crate::words::orders::RUN_PAUSED;

#[derive(Args)]
pub(crate) struct PauseArgs {
    /// The run
    #[arg(value_parser = crate::commands::run_id)]
    run: RunId,
    /// How long, as 30m or 2h; at the longest as the policy says, by default a day
    #[arg(long = "for", id = "for", value_name = "TIME")]
    lasts: Span,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    reach: ReachArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// `bascule run pause`
pub(super) fn run(args: &PauseArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let about = format!("run/{}", args.run);
    orders::give(&args.reach, args.output, lang, (&about, RUN_PAUSED), async |client| {
        let until = orders::log_now(client).await?.after(args.lasts);
        Ok(Command::RunPaused { run: args.run, until, reason: args.reason.clone() })
    })
}
