//! Every word and sentence of this crate that a person reads, in English and French, by what it
//! speaks of. A word without one of its languages does not compile, or fails the test below.

pub(crate) mod audit;
#[cfg(feature = "lab")]
pub(crate) mod bench;
pub(crate) mod by_hand;
pub(crate) mod cluster;
pub(crate) mod columns;
pub(crate) mod era;
pub(crate) mod estate;
pub(crate) mod failures;
pub(crate) mod fences;
pub(crate) mod help_fr;
pub(crate) mod incident;
pub(crate) mod orders;
pub(crate) mod paper;
pub(crate) mod readiness;
pub(crate) mod rehearsal;
pub(crate) mod restore;
pub(crate) mod run;
pub(crate) mod runbook;
pub(crate) mod service_tree;
pub(crate) mod simulate;
pub(crate) mod states;
pub(crate) mod status;
pub(crate) mod usage;

use model::text::{Lang, Text};

/// A word in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    en: &'static str,
    fr: &'static str,
}

impl Word {
    pub(crate) const fn new(en: &'static str, fr: &'static str) -> Self {
        Self { en, fr }
    }

    /// In this language.
    pub(crate) const fn in_lang(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Fr => self.fr,
        }
    }
}

impl From<Word> for Text {
    fn from(word: Word) -> Self {
        Self::Each { en: word.en.to_owned(), fr: word.fr.to_owned() }
    }
}

/// Defines words: `NAME: "English", "français";`.
macro_rules! words {
    ($($name:ident: $en:literal, $fr:literal;)*) => {
        $(pub(crate) const $name: $crate::words::Word = $crate::words::Word::new($en, $fr);)*
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, $crate::words::Word)] = &[$((stringify!($name), $name)),*];
    };
}
pub(crate) use words;

/// A sentence in both languages, from two format strings over the same variables.
macro_rules! both {
    ($en:literal, $fr:literal $(,)?) => {
        model::text::Text::Each { en: format!($en), fr: format!($fr) }
    };
}
pub(crate) use both;

/// A sentence in one language, from two format strings over the same variables.
macro_rules! say {
    ($lang:expr, $en:literal, $fr:literal $(,)?) => {
        match $lang {
            model::text::Lang::En => format!($en),
            model::text::Lang::Fr => format!($fr),
        }
    };
}
pub(crate) use say;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_lacks_a_language() {
        let all = [
            audit::ALL,
            cluster::ALL,
            era::ALL,
            columns::ALL,
            estate::ALL,
            failures::ALL,
            fences::ALL,
            incident::ALL,
        ]
        .into_iter()
        .chain([
            orders::ALL,
            readiness::ALL,
            rehearsal::ALL,
            restore::ALL,
            run::ALL,
            service_tree::ALL,
            simulate::ALL,
            states::ALL,
        ])
        .chain([status::ALL, usage::ALL, by_hand::ALL, paper::ALL, runbook::ALL]);
        #[cfg(feature = "lab")]
        let all = all.chain([bench::ALL]);
        for (name, word) in all.flatten() {
            for lang in [Lang::En, Lang::Fr] {
                assert!(!word.in_lang(lang).trim().is_empty(), "{name} is empty in {lang:?}");
            }
        }
    }
}
