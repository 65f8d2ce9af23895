use model::text::{Lang, Text};

use crate::words::Word;

/// The languages of a page.
#[derive(Clone, Copy)]
pub(super) struct Tongues<'a>(pub(super) &'a [Lang]);

impl Tongues<'_> {
    /// What a function says, once in each language, each marked as what it is.
    pub(super) fn each(self, say: impl Fn(Lang) -> String) -> String {
        let mut said: Vec<(Lang, String)> = Vec::new();
        for lang in self.0 {
            let text = say(*lang);
            // What is the same in both is said once.
            if !said.iter().any(|(_, known)| *known == text) {
                said.push((*lang, text));
            }
        }
        let one = said.len() == 1;
        said.into_iter()
            .map(|(lang, text)| match lang {
                _ if one => text,
                Lang::Fr => format!("<span lang=\"fr\">{text}</span>"),
                Lang::En => format!("<span lang=\"en\">{text}</span>"),
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// A word of ours.
    pub(super) fn word(self, word: Word) -> String {
        self.each(|lang| escape(word.in_lang(lang)))
    }

    /// A text of the runbook's author.
    pub(super) fn text(self, text: &Text) -> String {
        self.each(|lang| escape(text.in_lang(lang)))
    }
}

/// Text as it may stand in HTML.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
