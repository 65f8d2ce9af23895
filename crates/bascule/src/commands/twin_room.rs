use std::path::PathBuf;
use std::process::ExitCode;

use ::lab::twin_room;
use clap::Args;

use super::stop_signal::stop_signal;
use crate::failure::{Class, Failure};
use crate::{runtime, tracing_output};

#[derive(Args)]
pub(crate) struct TwinRoomArgs {
    /// The room's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// `bascule twin-room`: one room of a twin, played by this process.
pub(super) fn run(args: &TwinRoomArgs) -> Result<ExitCode, Failure> {
    tracing_output::begin(false);
    runtime::run_node(async {
        let stop = stop_signal(false)?;
        tokio::select! {
            ended = twin_room::run(&args.config) => {
                ended.map_err(|error| Failure::of(Class::NodeStopped, &error))?;
            }
            () = stop => {}
        }
        Ok(ExitCode::SUCCESS)
    })
}
