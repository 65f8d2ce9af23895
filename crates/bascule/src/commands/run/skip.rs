use std::process::ExitCode;

use clap::Args;
use model::text::Lang;
use state_machine::Command;

use super::step::StepArgs;
use crate::commands::orders;
use crate::failure::Failure;
use crate::words::orders::PASSED_OVER;

#[derive(Args)]
pub(crate) struct SkipArgs {
    #[command(flatten)]
    step: StepArgs,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// `bascule run skip`
pub(super) fn run(args: &SkipArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let (step, reason) = (&args.step, args.reason.clone());
    orders::give(&step.reach, step.output, lang, (&step.about(), PASSED_OVER), async |client| {
        Ok(Command::StepPassedOver { key: step.key(client).await?, reason })
    })
}
