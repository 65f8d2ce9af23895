//! Help and usage errors in the person's language.

use std::fmt::Write;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command};
use model::text::Lang;

use crate::words::{help_fr, say, usage};

const TEMPLATE_FR: &str = "{about-with-newline}\nUtilisation : {usage}\n\n{all-args}{after-help}";

/// The tree of commands with its help in this language.
pub(crate) fn in_lang(tree: Command, lang: Lang) -> Command {
    let version = Arg::new("version")
        .short('V')
        .long("version")
        .action(ArgAction::Version)
        .help(usage::VERSION.in_lang(lang))
        .help_heading(usage::OPTIONS.in_lang(lang));
    let name = tree.get_name().to_owned();
    localised(tree, &name, lang).arg(version)
}

fn localised(mut command: Command, path: &str, lang: Lang) -> Command {
    let help = Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::Help)
        .help(usage::HELP.in_lang(lang));
    command = command.arg(help);
    if lang == Lang::Fr {
        if let Some(about) = help_fr::of_command(path) {
            command = command.about(about);
        }
        if let Some(after) = help_fr::after_command(path) {
            command = command.after_help(after);
        }
        command = command
            .help_template(TEMPLATE_FR)
            .subcommand_help_heading(usage::COMMANDS.in_lang(lang))
            .subcommand_value_name(usage::COMMAND.in_lang(lang))
            .mut_args(|arg| in_french(arg, path));
    }
    let names: Vec<String> =
        command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    for name in names {
        let below = format!("{path} {name}");
        command = command.mut_subcommand(name, |command| localised(command, &below, lang));
    }
    command
}

/// The library writes defaults, values and variables in English: they are written here instead.
fn in_french(arg: Arg, path: &str) -> Arg {
    let lang = Lang::Fr;
    let heading = if arg.is_positional() { usage::ARGUMENTS } else { usage::OPTIONS };
    let mut text = match help_fr::of_argument(path, arg.get_id().as_str()) {
        Some(text) => text.to_owned(),
        None => arg.get_help().map(ToString::to_string).unwrap_or_default(),
    };
    let takes_value = arg.get_action().takes_values();
    let values: Vec<String> = arg
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| value.get_name().to_owned())
        .collect();
    if takes_value && !values.is_empty() {
        let _ = write!(text, " [{} : {}]", usage::VALUES.in_lang(lang), values.join(", "));
    }
    let defaults: Vec<_> =
        arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if takes_value && !defaults.is_empty() {
        let _ = write!(text, " [{} : {}]", usage::DEFAULT.in_lang(lang), defaults.join(", "));
    }
    if let Some(variable) = arg.get_env() {
        let name = variable.to_string_lossy();
        let _ = write!(text, " [{} : {name}]", usage::VARIABLE.in_lang(lang));
    }
    let arg = arg.help(text).help_heading(heading.in_lang(lang));
    if takes_value {
        arg.hide_possible_values(true).hide_default_value(true).hide_env(true)
    } else {
        arg
    }
}

/// A usage error in French; none where the library's own words serve (English, and help itself).
pub(crate) fn error_in_words(error: &clap::Error, lang: Lang) -> Option<String> {
    if lang == Lang::En {
        return None;
    }
    let of = |kind| {
        error.get(kind).map(|value| match value {
            ContextValue::String(text) => text.clone(),
            ContextValue::Strings(all) => all.join(", "),
            other => other.to_string(),
        })
    };
    let arg = of(ContextKind::InvalidArg).unwrap_or_default();
    let value = of(ContextKind::InvalidValue).unwrap_or_default();
    let mut words = match error.kind() {
        ErrorKind::UnknownArgument => say!(lang, "", "argument inattendu « {arg} »"),
        ErrorKind::InvalidSubcommand => {
            let name = of(ContextKind::InvalidSubcommand).unwrap_or_default();
            say!(lang, "", "commande inconnue « {name} »")
        }
        ErrorKind::MissingRequiredArgument => {
            say!(lang, "", "il manque des arguments obligatoires : {arg}")
        }
        ErrorKind::InvalidValue if value.is_empty() => {
            say!(lang, "", "il manque une valeur pour « {arg} »")
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            say!(lang, "", "valeur « {value} » non valable pour « {arg} »")
        }
        ErrorKind::ArgumentConflict => {
            let other = of(ContextKind::PriorArg).unwrap_or_default();
            say!(lang, "", "« {arg} » ne va pas avec « {other} »")
        }
        ErrorKind::MissingSubcommand => {
            let known = of(ContextKind::ValidSubcommand).unwrap_or_default();
            say!(lang, "", "il manque une commande : {known}")
        }
        ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues | ErrorKind::TooFewValues => {
            say!(lang, "", "mauvais nombre de valeurs pour « {arg} »")
        }
        _ => return None,
    };
    if let Some(source) = std::error::Error::source(error) {
        let _ = write!(words, " : {source}");
    }
    let hint = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand]
        .into_iter()
        .chain([ContextKind::SuggestedValue])
        .find_map(of);
    if let Some(near) = hint.map(|near| near.replace(", ", " » ou « ")) {
        let _ = write!(words, "\n  vouliez-vous dire « {near} » ?");
    }
    if let Some(known) = of(ContextKind::ValidValue).filter(|known| !known.is_empty()) {
        let _ = write!(words, "\n  valeurs possibles : {known}");
    }
    let shown_usage = of(ContextKind::Usage).unwrap_or_default();
    let shown_usage = shown_usage.trim_start_matches("Usage:").trim();
    let usage_line = if shown_usage.is_empty() {
        String::new()
    } else {
        format!("\n{} {shown_usage}\n", usage::USAGE.in_lang(lang))
    };
    let see = usage::TRY.in_lang(lang);
    Some(format!("erreur : {words}\n{usage_line}\n{see} `bascule --help --lang fr`.\n"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    /// Calls back with every command's path and every argument's id, hidden commands aside.
    fn walk(command: &Command, path: &str, found: &mut BTreeSet<(String, Option<String>)>) {
        found.insert((path.to_owned(), None));
        for arg in command.get_arguments() {
            found.insert((path.to_owned(), Some(arg.get_id().to_string())));
        }
        for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
            walk(below, &format!("{path} {}", below.get_name()), found);
        }
    }

    #[test]
    fn every_command_and_argument_has_help_in_both_languages() {
        let tree = Cli::command();
        let mut found = BTreeSet::new();
        walk(&tree, "bascule", &mut found);
        let mut untold = Vec::new();
        for (path, arg) in &found {
            let told = match arg {
                None => help_fr::of_command(path).is_some(),
                Some(arg) => help_fr::of_argument(path, arg).is_some(),
            };
            if !told {
                untold.push((path, arg));
            }
        }
        assert!(untold.is_empty(), "no French for {untold:?}");
        let mut commands = vec![&tree];
        while let Some(command) = commands.pop() {
            assert!(command.get_about().is_some(), "no English for `{}`", command.get_name());
            for arg in command.get_arguments() {
                assert!(
                    arg.get_help().is_some(),
                    "no English: {} {}",
                    command.get_name(),
                    arg.get_id()
                );
            }
            commands.extend(command.get_subcommands());
        }
    }
}
