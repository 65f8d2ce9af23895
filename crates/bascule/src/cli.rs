//! The command line.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser};
use model::text::Lang;

use crate::commands::Command;
use crate::help;
use crate::lang::LangArg;

/// Keeps a hospital's IT running when a server room dies
#[derive(Parser)]
#[command(
    name = "bascule",
    version,
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    /// The language of everything that is written for people
    // Read before parsing, by `lang::of`: what is wrong with the command line is said in it too.
    #[arg(long = "lang", id = "lang", global = true, value_enum, value_name = "LANG")]
    _lang: Option<LangArg>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The command line is not understood, or asks for help.
pub(crate) struct Usage(clap::Error);

impl Usage {
    /// Writes it; usage errors end with 2.
    pub(crate) fn show(&self, lang: Lang) -> ExitCode {
        let code = u8::try_from(self.0.exit_code()).unwrap_or(2);
        match help::error_in_words(&self.0, lang) {
            Some(words) => eprint!("{words}"),
            // Nothing is left to do when even this can't be written.
            None => drop(self.0.print()),
        }
        ExitCode::from(code)
    }
}

/// The whole tree of commands, in this language.
pub(crate) fn tree(lang: Lang) -> clap::Command {
    help::in_lang(Cli::command(), lang)
}

/// Reads the command line.
pub(crate) fn parse(arguments: Vec<OsString>, lang: Lang) -> Result<Cli, Usage> {
    let mut tree = tree(lang);
    tree.try_get_matches_from_mut(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches))
        .map_err(|error| Usage(error.format(&mut tree)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_of_commands_contradicts_itself_in_no_language() {
        for lang in [Lang::En, Lang::Fr] {
            tree(lang).debug_assert();
        }
    }
}
