use std::time::Instant;

use model::text::Lang;

/// Says what happens, on standard error: standard output is for the result.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    lang: Lang,
    since: Instant,
}

impl Progress {
    /// In this language, with times from now on.
    pub fn new(lang: Lang) -> Self {
        Self { lang, since: Instant::now() }
    }

    /// The language.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    pub(super) fn say(&self, en: &str, fr: &str) {
        let text = match self.lang {
            Lang::En => en,
            Lang::Fr => fr,
        };
        eprintln!("[{:6.1} s] {text}", self.since.elapsed().as_secs_f64());
    }
}
