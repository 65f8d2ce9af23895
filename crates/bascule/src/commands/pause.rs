use std::process::ExitCode;

use clap::Args;
use model::text::Lang;
use model::units::Span;
use state_machine::Command;

use super::orders;
use crate::client::ReachArgs;
use crate::failure::Failure;
use crate::output::OutputArgs;
use crate::words::orders::PAUSED;

#[derive(Args)]
pub(crate) struct PauseArgs {
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

/// `bascule pause`
pub(super) fn run(args: &PauseArgs, lang: Lang) -> Result<ExitCode, Failure> {
    orders::give(&args.reach, args.output, lang, ("cluster", PAUSED), async |client| {
        let until = orders::log_now(client).await?.after(args.lasts);
        Ok(Command::Paused { until, reason: args.reason.clone() })
    })
}
