mod restore;

use std::process::ExitCode;

use clap::Subcommand;
use model::text::Lang;

use crate::failure::Failure;

#[derive(Subcommand)]
pub(crate) enum PlanCommand {
    /// Compare every way of having lost data again: when it is ready, what it loses
    Restore(restore::RestoreArgs),
}

impl PlanCommand {
    pub(super) fn run(self, lang: Lang) -> Result<ExitCode, Failure> {
        match self {
            Self::Restore(args) => restore::run(&args, lang),
        }
    }
}
