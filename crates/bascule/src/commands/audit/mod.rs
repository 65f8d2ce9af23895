mod export;
mod tail;
mod verify;

pub(super) use export::no_bundle;

use std::process::ExitCode;

use clap::Subcommand;
use model::text::Lang;

use crate::failure::Failure;

#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// Show the last entries of the log
    Tail(tail::TailArgs),
    /// Write a bundle that anybody can verify without the cluster
    Export(export::ExportArgs),
    /// Verify a bundle without the cluster
    Verify(verify::VerifyArgs),
}

impl AuditCommand {
    pub(super) fn run(self, lang: Lang) -> Result<ExitCode, Failure> {
        match self {
            Self::Tail(args) => tail::run(&args, lang),
            Self::Export(args) => export::run(&args, lang),
            Self::Verify(args) => verify::run(&args, lang),
        }
    }
}
