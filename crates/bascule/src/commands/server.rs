use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use server::{Config, ProcessError};

use super::stop_signal::stop_signal;
use crate::failure::{Class, Failure};
use crate::{runtime, tracing_output};

#[derive(Args)]
pub(crate) struct ServerArgs {
    /// The controller's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Write what happens as JSON, one object a line
    #[arg(long)]
    log_json: bool,
    /// Stop when standard input ends
    #[arg(long)]
    stop_on_stdin_close: bool,
}

/// `bascule server`
pub(super) fn run(args: &ServerArgs) -> Result<ExitCode, Failure> {
    tracing_output::begin(args.log_json);
    let config = Config::read(&args.config).map_err(|error| Failure::of(Class::Input, &error))?;
    runtime::run_node(async {
        let stop = stop_signal(args.stop_on_stdin_close)?;
        server::run(config, stop).await.map_err(|error| explain(&error))
    })?;
    Ok(ExitCode::SUCCESS)
}

fn explain(error: &ProcessError) -> Failure {
    let class = match error {
        ProcessError::Config(_)
        | ProcessError::Endpoints { .. }
        | ProcessError::Load(_)
        | ProcessError::Listen { .. } => Class::Input,
        ProcessError::Credentials { .. } | ProcessError::Notary(_) => Class::NotAllowed,
        _ => Class::NodeStopped,
    };
    Failure::of(class, error)
}
