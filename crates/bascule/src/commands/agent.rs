use std::path::PathBuf;
use std::process::ExitCode;

use agent::guardian::{self, GuardianError};
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
    /// Guard a controller: promise hosts that none runs here while none does
    #[arg(long)]
    guard_controller: bool,
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
    if args.guard_controller {
        return guard(args);
    }
    let config = read_config(&args.config).map_err(|error| explain(&error))?;
    runtime::run_node(async {
        let stop = stop_signal(args.stop_on_stdin_close)?;
        let agent = start(config).await.map_err(|error| explain(&error))?;
        stop.await;
        agent.shutdown().await;
        Ok(ExitCode::SUCCESS)
    })
}

/// `bascule agent --guard-controller`
fn guard(args: &AgentArgs) -> Result<ExitCode, Failure> {
    let explain = |error: GuardianError| {
        let class = match error {
            GuardianError::Config { .. } | GuardianError::Listen { .. } => Class::Input,
            GuardianError::Credentials(_) => Class::NotAllowed,
            _ => Class::NodeStopped,
        };
        Failure::of(class, &error)
    };
    let config = guardian::read_config(&args.config).map_err(explain)?;
    runtime::run_node(async {
        let stop = stop_signal(args.stop_on_stdin_close)?;
        guardian::run(config, stop).await.map_err(explain)
    })?;
    Ok(ExitCode::SUCCESS)
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
