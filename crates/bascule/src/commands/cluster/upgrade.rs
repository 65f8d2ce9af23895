use std::process::ExitCode;

use clap::Args;
use model::text::Lang;
use server::query::ClusterView;
use state_machine::Command;

use crate::client::ReachArgs;
use crate::commands::orders;
use crate::failure::Failure;
use crate::output::OutputArgs;
use crate::words::orders::UPGRADED;

#[derive(Args)]
pub(crate) struct UpgradeArgs {
    /// The version of apply to run, by default the next one
    #[arg(long, value_name = "VERSION")]
    to: Option<u32>,
    #[command(flatten)]
    reach: ReachArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// `bascule cluster upgrade`
pub(super) fn run(args: &UpgradeArgs, lang: Lang) -> Result<ExitCode, Failure> {
    orders::give(&args.reach, args.output, lang, ("cluster", UPGRADED), async |client| {
        let to = match args.to {
            Some(to) => to,
            None => client.query::<ClusterView>("cluster", None).await?.apply_version + 1,
        };
        Ok(Command::ApplyVersionRaised { to })
    })
}
