use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use drivers::watchdog::fake_process;

use crate::failure::{Class, Failure};
use crate::{runtime, tracing_output};

#[derive(Args)]
pub(crate) struct WatchdogArgs {
    /// The device's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// `bascule watchdog`: a watchdog device, played by this process. It ends when it is killed, by
/// nothing milder: a device does not stop because somebody asks.
pub(super) fn run(args: &WatchdogArgs) -> Result<ExitCode, Failure> {
    tracing_output::begin(false);
    runtime::wait_for(async {
        fake_process::run_from_config(&args.config)
            .await
            .map_err(|error| Failure::of(Class::NodeStopped, &error))?;
        Ok(ExitCode::SUCCESS)
    })
}
