//! Which language to speak: known before the command line is parsed, because its errors and its
//! help are spoken too.

use std::ffi::OsString;

use model::text::Lang;

/// What `--lang` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LangArg {
    /// English
    En,
    /// French
    Fr,
}

/// The language: `--lang`, else the environment's (as `LC_ALL`, `LC_MESSAGES`, `LANG` say, in this
/// order), else English.
pub(crate) fn of(arguments: &[OsString], variable: impl Fn(&str) -> Option<String>) -> Lang {
    if let Some(asked) = asked(arguments) {
        return asked;
    }
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| variable(name).filter(|value| !value.is_empty()));
    match set {
        Some(value) if value.to_lowercase().starts_with("fr") => Lang::Fr,
        _ => Lang::En,
    }
}

/// The language that the command line asks for, if it does.
pub(crate) fn asked(arguments: &[OsString]) -> Option<Lang> {
    let mut words = arguments.iter().filter_map(|argument| argument.to_str());
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--lang") {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        match value {
            Some("fr") => return Some(Lang::Fr),
            Some("en") => return Some(Lang::En),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn spoken(arguments: &[&str], set: &[(&str, &str)]) -> Lang {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        of(&arguments, |name| {
            set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn what_is_asked_for_wins_over_the_environment() {
        assert_eq!(spoken(&["status", "--lang", "en"], &[("LANG", "fr_FR.UTF-8")]), Lang::En);
        assert_eq!(spoken(&["--lang=fr", "status"], &[("LC_ALL", "C")]), Lang::Fr);
    }

    #[test]
    fn the_environment_is_read_in_its_own_order() {
        for (set, expected) in [
            (&[("LC_ALL", "C"), ("LANG", "fr_FR.UTF-8")][..], Lang::En),
            (&[("LC_ALL", ""), ("LANG", "fr_FR.UTF-8")][..], Lang::Fr),
            (&[("LC_MESSAGES", "fr")][..], Lang::Fr),
            (&[][..], Lang::En),
        ] {
            assert_eq!(spoken(&["status"], set), expected, "{set:?}");
        }
    }
}
