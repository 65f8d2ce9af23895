use std::process::ExitCode;

use clap::Args;
use model::id::HostId;
use model::text::Lang;
use model::units::Span;
use state_machine::Command;

use crate::client::ReachArgs;
use crate::commands::orders;
use crate::failure::Failure;
use crate::output::OutputArgs;
use crate::words::orders::DISARMED;

#[derive(Args)]
pub(crate) struct DisarmArgs {
    /// The host
    host: String,
    #[command(flatten)]
    reach: ReachArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// `bascule host disarm`
pub(super) fn run(args: &DisarmArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let about = format!("host/{}", args.host);
    orders::give(&args.reach, args.output, lang, (&about, DISARMED), async |_| {
        Ok(Command::HostArmed {
            host: HostId::from(args.host.as_str()),
            armed: false,
            watchdog: Span::ZERO,
        })
    })
}
