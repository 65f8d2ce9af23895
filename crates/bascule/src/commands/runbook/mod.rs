mod diff;
mod export;
mod fmt;
mod here;
mod lint;
mod new;
mod place;
mod schema;
mod show;
mod usable;

#[cfg(test)]
pub(crate) use here::in_estate;

use std::process::ExitCode;

use clap::Subcommand;
use model::text::Lang;

use crate::failure::Failure;

#[derive(Subcommand)]
pub(crate) enum RunbookCommand {
    /// Say what is wrong with runbook files, where, and what to do
    #[command(visible_alias = "check")]
    Lint(lint::LintArgs),
    /// Show a runbook: its graph, its critical path, and what it would do in an estate
    Show(show::ShowArgs),
    /// Put runbook files in canonical form; comments stay, what they mean does not change
    Fmt(fmt::FmtArgs),
    /// Say what two versions of a runbook mean differently
    Diff(diff::DiffArgs),
    /// Write a new runbook to begin with
    New(new::NewArgs),
    /// Write the JSON Schema of runbook files
    Schema,
    /// Write a runbook in a format that other tools read
    Export(export::ExportArgs),
}

impl RunbookCommand {
    pub(super) fn run(self, lang: Lang) -> Result<ExitCode, Failure> {
        match self {
            Self::Lint(args) => lint::run(&args, lang),
            Self::Show(args) => show::run(&args, lang),
            Self::Fmt(args) => fmt::run(&args, lang),
            Self::Diff(args) => diff::run(&args, lang),
            Self::New(args) => new::run(&args),
            Self::Schema => schema::run(),
            Self::Export(args) => export::run(&args, lang),
        }
    }
}
