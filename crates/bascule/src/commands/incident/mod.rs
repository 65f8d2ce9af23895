mod approve;
mod list;
mod show;

use std::process::ExitCode;

use clap::Subcommand;
use model::text::Lang;

use super::read::{ListArgs, ShowArgs};
use crate::failure::Failure;

#[derive(Subcommand)]
pub(crate) enum IncidentCommand {
    /// List the incidents
    List(ListArgs),
    /// Show one incident with its evidence
    Show(ShowArgs),
    /// Let Bascule act on an incident whose policy asks a person first
    Approve(approve::ApproveArgs),
}

impl IncidentCommand {
    pub(super) fn run(self, lang: Lang) -> Result<ExitCode, Failure> {
        match self {
            Self::List(args) => list::run(&args, lang),
            Self::Show(args) => show::run(&args, lang),
            Self::Approve(args) => approve::run(&args, lang),
        }
    }
}
