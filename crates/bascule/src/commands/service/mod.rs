mod list;
mod show;
mod tree;

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
    /// Show what each service depends on, which lowest link is down and who is called for it
    Tree(tree::TreeArgs),
}

impl ServiceCommand {
    pub(super) fn run(self, lang: Lang) -> Result<ExitCode, Failure> {
        match self {
            Self::List(args) => list::run(&args, lang),
            Self::Show(args) => show::run(&args, lang),
            Self::Tree(args) => tree::run(&args, lang),
        }
    }
}
