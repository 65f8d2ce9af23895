mod approve;
mod list;
mod log;
mod show;

use std::process::ExitCode;

use clap::Subcommand;
use model::text::Lang;

use super::read::{ListArgs, ShowArgs};
use crate::failure::Failure;

#[derive(Subcommand)]
pub(crate) enum RunCommand {
    /// List the runs
    List(ListArgs),
    /// Show one run with its steps
    Show(ShowArgs),
    /// Let a run go on that waits for persons
    Approve(approve::ApproveArgs),
    /// Tell a run from the audit log: each step with who, when, evidence, outcome and proof
    Log(log::LogArgs),
}

impl RunCommand {
    pub(super) fn run(self, lang: Lang) -> Result<ExitCode, Failure> {
        match self {
            Self::List(args) => list::run(&args, lang),
            Self::Show(args) => show::run(&args, lang),
            Self::Approve(args) => approve::run(&args, lang),
            Self::Log(args) => log::run(&args, lang),
        }
    }
}
