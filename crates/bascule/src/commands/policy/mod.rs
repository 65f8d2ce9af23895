mod check;

use std::process::ExitCode;

use clap::Subcommand;
use model::text::Lang;

use crate::failure::Failure;

#[derive(Subcommand)]
pub(crate) enum PolicyCommand {
    /// Say what is wrong with a policy file, where, and what to do
    Check(check::CheckArgs),
}

impl PolicyCommand {
    pub(super) fn run(self, lang: Lang) -> Result<ExitCode, Failure> {
        match self {
            Self::Check(args) => check::run(&args, lang),
        }
    }
}
