mod list;
mod show;
mod start;
mod stop;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use model::text::Lang;

use super::read::{ListArgs, ShowArgs};
use crate::client::ReachArgs;
use crate::failure::Failure;
use crate::output::OutputArgs;

#[derive(Subcommand)]
pub(crate) enum VmCommand {
    /// List the VMs
    List(ListArgs),
    /// Show one VM
    Show(ShowArgs),
    /// Say that a VM is stopped on purpose: nothing restarts it
    Stop(IntendedArgs),
    /// Say that a VM ought to run: it is restarted when it is lost
    Start(IntendedArgs),
}

/// What a VM ought to be.
#[derive(Args)]
pub(crate) struct IntendedArgs {
    /// The VM
    vm: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    reach: ReachArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl VmCommand {
    pub(super) fn run(self, lang: Lang) -> Result<ExitCode, Failure> {
        match self {
            Self::List(args) => list::run(&args, lang),
            Self::Show(args) => show::run(&args, lang),
            Self::Stop(args) => stop::run(&args, lang),
            Self::Start(args) => start::run(&args, lang),
        }
    }
}
