use std::process::ExitCode;

use clap::Args;
use model::text::Lang;
use state_machine::Command;

use super::step::StepArgs;
use crate::commands::orders;
use crate::failure::Failure;
use crate::words::orders::TRIED_AGAIN;

#[derive(Args)]
pub(crate) struct RetryArgs {
    #[command(flatten)]
    step: StepArgs,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// `bascule run retry`
pub(super) fn run(args: &RetryArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let (step, reason) = (&args.step, args.reason.clone());
    orders::give(&step.reach, step.output, lang, (&step.about(), TRIED_AGAIN), async |client| {
        Ok(Command::StepRetried { key: step.key(client).await?, reason })
    })
}
