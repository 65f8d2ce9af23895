//! Text for people, in English and French.

use serde::{Deserialize, Serialize};

/// A language that Bascule speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English, the default.
    #[default]
    En,
    /// French.
    Fr,
}

/// Text shown to a person: one string for both languages, or one for each.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Text {
    /// The same in every language (a name, mostly).
    Same(String),
    /// One for each language.
    Each {
        /// In French.
        fr: String,
        /// In English.
        en: String,
    },
}

impl Text {
    /// The text in this language.
    pub fn in_lang(&self, lang: Lang) -> &str {
        match (self, lang) {
            (Self::Same(text), _) => text,
            (Self::Each { en, .. }, Lang::En) => en,
            (Self::Each { fr, .. }, Lang::Fr) => fr,
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::Same(String::new())
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::Same(text.to_owned())
    }
}
