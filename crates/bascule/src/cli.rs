//! The command line.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser};
use model::text::Lang;

use crate::commands::{Command, READINESS_UNKNOWN};
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
pub(crate) struct Usage {
    error: clap::Error,
    /// What a usage error ends with.
    code: u8,
}

/// What usage errors end with.
const NOT_UNDERSTOOD: u8 = 2;

impl Usage {
    /// Writes it; usage errors end with 2, those of `readiness` with 3: for it 2 is red.
    pub(crate) fn show(&self, lang: Lang) -> ExitCode {
        let code = if self.error.exit_code() == 0 { 0 } else { self.code };
        match help::error_in_words(&self.error, lang) {
            Some(words) => eprint!("{words}"),
            // Nothing is left to do when even this can't be written.
            None => drop(self.error.print()),
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
    let code = if names_readiness(&arguments) { READINESS_UNKNOWN } else { NOT_UNDERSTOOD };
    tree.try_get_matches_from_mut(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches))
        .map_err(|error| Usage { error: error.format(&mut tree), code })
}

/// Whether the command is `readiness`: the first word that is no option and no option's value.
fn names_readiness(arguments: &[OsString]) -> bool {
    let mut words = arguments.iter().skip(1);
    while let Some(word) = words.next() {
        if word == "--lang" {
            words.next();
        } else if !word.as_encoded_bytes().starts_with(b"-") {
            return word == "readiness";
        }
    }
    false
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

    #[test]
    fn a_usage_error_of_readiness_is_not_taken_for_red() {
        let code = |words: &[&str]| {
            let arguments = words.iter().map(OsString::from).collect();
            parse(arguments, Lang::En).err().map(|usage| usage.code)
        };
        assert_eq!(code(&["bascule", "readiness", "--no-such"]), Some(READINESS_UNKNOWN));
        let second = ["bascule", "--lang", "fr", "readiness", "--policy", "p.yaml"];
        assert_eq!(code(&second), Some(READINESS_UNKNOWN));
        assert_eq!(code(&["bascule", "status", "--no-such"]), Some(NOT_UNDERSTOOD));
    }
}
