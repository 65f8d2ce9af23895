mod list;
mod show;

use std::process::ExitCode;

use clap::Subcommand;
use model::text::Lang;

use super::read::{ListArgs, ShowArgs};
use crate::failure::Failure;

#[derive(Subcommand)]
pub(crate) enum ServiceCommand {
    /// List the services
    List(ListArgs),
    /// Show one service
    Show(ShowArgs),
}

impl ServiceCommand {
    pub(super) fn run(self, lang: Lang) -> Result<ExitCode, Failure> {
        match self {
            Self::List(args) => list::run(&args, lang),
            Self::Show(args) => show::run(&args, lang),
        }
    }
}
