use std::path::PathBuf;
use std::process::ExitCode;

use agent::process::{ProcessError, read_config, start};
use clap::Args;

use super::stop_signal::stop_signal;
use crate::failure::{Class, Failure};
use crate::{runtime, tracing_output};

#[derive(Args)]
pub(crate) struct AgentArgs {
    /// The agent's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Write what happens as JSON, one object a line
    #[arg(long)]
    log_json: bool,
    /// Stop when standard input ends
    #[arg(long)]
    stop_on_stdin_close: bool,
}

/// `bascule agent`. VMs go on running when it ends, and so does an armed watchdog.
pub(super) fn run(args: &AgentArgs) -> Result<ExitCode, Failure> {
    tracing_output::begin(args.log_json);
    let config = read_config(&args.config).map_err(|error| explain(&error))?;
    runtime::run_node(async {
        let stop = stop_signal(args.stop_on_stdin_close)?;
        let agent = start(config).await.map_err(|error| explain(&error))?;
        stop.await;
        agent.shutdown().await;
        Ok(ExitCode::SUCCESS)
    })
}

fn explain(error: &ProcessError) -> Failure {
    let class = match error {
        ProcessError::File { .. } | ProcessError::Config { .. } | ProcessError::Listen { .. } => {
            Class::Input
        }
        ProcessError::Credentials(_) => Class::NotAllowed,
        _ => Class::NodeStopped,
    };
    Failure::of(class, error)
}
