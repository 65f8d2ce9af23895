use std::process::ExitCode;

use clap::Args;
use model::text::Lang;
use state_machine::Command;

use super::step::StepArgs;
use crate::commands::orders;
use crate::failure::Failure;
use crate::words::orders::SAID_IMPOSSIBLE;

#[derive(Args)]
pub(crate) struct CannotArgs {
    #[command(flatten)]
    step: StepArgs,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// `bascule run cannot`
pub(super) fn run(args: &CannotArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let (step, reason) = (&args.step, args.reason.clone());
    orders::give(&step.reach, step.output, lang, (&step.about(), SAID_IMPOSSIBLE), async |client| {
        Ok(Command::StepCannot { key: step.key(client).await?, reason })
    })
}
