use std::process::ExitCode;

use clap::{Args, ValueEnum};
use clap_complete::{Shell, generate};
use model::text::Lang;

use crate::cli;
use crate::failure::Failure;
use crate::output::print;

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ShellArg {
    /// Bash
    Bash,
    /// Zsh
    Zsh,
    /// Fish
    Fish,
}

#[derive(Args)]
pub(crate) struct CompletionArgs {
    /// The shell
    #[arg(value_enum)]
    shell: ShellArg,
}

/// `bascule completion`
pub(super) fn run(args: &CompletionArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let shell = match args.shell {
        ShellArg::Bash => Shell::Bash,
        ShellArg::Zsh => Shell::Zsh,
        ShellArg::Fish => Shell::Fish,
    };
    let mut script = Vec::new();
    generate(shell, &mut cli::tree(lang), "bascule", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}
