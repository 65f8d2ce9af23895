use std::process::ExitCode;

use clap::Args;
use model::id::RoomId;
use model::text::Lang;
use model::time::LogTime;
use model::units::Span;
use state_machine::Command;

use crate::client::ReachArgs;
use crate::commands::orders;
use crate::failure::Failure;
use crate::output::OutputArgs;
use crate::words::orders::{MAINTENANCE, MAINTENANCE_ENDED};

#[derive(Args)]
pub(crate) struct MaintenanceArgs {
    /// The room
    room: String,
    /// How long at most, as 2h or 90m; a week at the longest
    #[arg(long = "for", id = "for", value_name = "TIME", required_unless_present = "end")]
    lasts: Option<Span>,
    /// End it now
    #[arg(long, conflicts_with = "for")]
    end: bool,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    reach: ReachArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// `bascule room maintenance`
pub(super) fn run(args: &MaintenanceArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let about = format!("room/{}", args.room);
    let done = if args.end { MAINTENANCE_ENDED } else { MAINTENANCE };
    orders::give(&args.reach, args.output, lang, (&about, done), async |client| {
        let until = match args.lasts {
            Some(lasts) => orders::log_now(client).await?.after(lasts),
            None => LogTime::default(),
        };
        Ok(Command::MaintenanceSet {
            host: None,
            room: RoomId::from(args.room.as_str()),
            until,
            reason: args.reason.clone(),
        })
    })
}
