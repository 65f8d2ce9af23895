mod check;
mod show;
mod tree;

pub(super) use check::reported;

use std::process::ExitCode;

use clap::Subcommand;
use model::text::Lang;

use crate::failure::Failure;

#[derive(Subcommand)]
pub(crate) enum EstateCommand {
    /// Say what is wrong with an estate file, where, and what to do
    Check(check::CheckArgs),
    /// Show what an estate file amounts to
    Show(show::ShowArgs),
    /// Show what each service of an estate file depends on, who is called and what people do
    /// meanwhile
    Tree(tree::TreeArgs),
}

impl EstateCommand {
    pub(super) fn run(self, lang: Lang) -> Result<ExitCode, Failure> {
        match self {
            Self::Check(args) => check::run(&args, lang),
            Self::Show(args) => show::run(&args, lang),
            Self::Tree(args) => tree::run(&args, lang),
        }
    }
}
