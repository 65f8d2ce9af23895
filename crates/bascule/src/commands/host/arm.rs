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
use crate::words::orders::ARMED;

#[derive(Args)]
pub(crate) struct ArmArgs {
    /// The host
    host: String,
    /// The watchdog's time as read back from the device, as 10s
    #[arg(long, value_name = "TIME")]
    watchdog: Span,
    #[command(flatten)]
    reach: ReachArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// `bascule host arm`
pub(super) fn run(args: &ArmArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let about = format!("host/{}", args.host);
    orders::give(&args.reach, args.output, lang, (&about, ARMED), async |_| {
        Ok(Command::HostArmed {
            host: HostId::from(args.host.as_str()),
            armed: true,
            watchdog: args.watchdog,
        })
    })
}
