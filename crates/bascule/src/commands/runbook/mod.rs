mod lint;

use std::process::ExitCode;

use clap::Subcommand;
use model::text::Lang;

use crate::failure::Failure;

#[derive(Subcommand)]
pub(crate) enum RunbookCommand {
    /// Say what is wrong with runbook files, where, and what to do
    #[command(visible_alias = "check")]
    Lint(lint::LintArgs),
}

impl RunbookCommand {
    pub(super) fn run(self, lang: Lang) -> Result<ExitCode, Failure> {
        match self {
            Self::Lint(args) => lint::run(&args, lang),
        }
    }
}
