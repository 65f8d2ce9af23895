//! What is wrong with a file that a person wrote: where, why, and what to do, in both languages.

use std::fmt;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource};
use serde::{Deserialize, Serialize};

use crate::text::{Lang, Text};

/// Builds a [`Text`] from an English and a French format string.
macro_rules! say {
    ($en:literal, $fr:literal $(,)?) => {
        $crate::text::Text::Each { en: format!($en), fr: format!($fr) }
    };
}
pub(crate) use say;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used, and somebody will be sorry.
    Warning,
}

/// A stretch of a file, in bytes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct ByteSpan {
    /// Its first byte.
    pub offset: usize,
    /// How many bytes.
    pub length: usize,
}

/// A labelled stretch of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is underlined.
    pub span: ByteSpan,
    /// What the underline says.
    pub text: Text,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// How bad.
    pub severity: Severity,
    /// The rule, as `estate.unknown-key`; stable.
    pub code: String,
    /// What happened and what it means.
    pub message: Text,
    /// The file's name as the caller gave it.
    pub file: String,
    /// The place.
    pub at: Label,
    /// Other places that matter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Label>,
    /// What to do.
    pub help: Text,
}

impl Diagnostic {
    /// Whether the file cannot be used.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// One line: `file:line:column: error[code]: message`.
    pub fn one_line(&self, lang: Lang) -> String {
        format!(
            "{}:{}:{}: {}[{}]: {}",
            self.file,
            self.at.line,
            self.at.column,
            self.severity.in_lang(lang),
            self.code,
            self.message.in_lang(lang)
        )
    }

    /// For a terminal: message, excerpt with underlines, help. `text` is the file's content.
    pub fn render(&self, text: &str, lang: Lang, style: Style) -> String {
        let theme =
            if style.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_width(style.width)
            .with_urls(false)
            .with_context_lines(1);
        let shown =
            Shown { diagnostic: self, lang, source: NamedSource::new(&self.file, text.to_owned()) };
        let mut out = String::new();
        match handler.render_report(&mut out, &shown) {
            Ok(()) if lang == Lang::Fr => in_french(out),
            Ok(()) => out,
            // The excerpt could not be drawn: the one line still says all that matters.
            Err(fmt::Error) => format!("{}\n", self.one_line(lang)),
        }
    }
}

/// The one word that the drawing library writes by itself, of the same width.
fn in_french(drawn: String) -> String {
    const HELP: &str = "  help: ";
    match drawn.rfind(HELP) {
        Some(at) => format!("{}  aide: {}", &drawn[..at], &drawn[at + HELP.len()..]),
        None => drawn,
    }
}

/// How to draw a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// With terminal colours.
    pub color: bool,
    /// Columns.
    pub width: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, width: 100 }
    }
}

impl Severity {
    /// The word for it.
    pub fn in_lang(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Error, Lang::En) => "error",
            (Self::Error, Lang::Fr) => "erreur",
            (Self::Warning, Lang::En) => "warning",
            (Self::Warning, Lang::Fr) => "avertissement",
        }
    }
}

struct Shown<'a> {
    diagnostic: &'a Diagnostic,
    lang: Lang,
    source: NamedSource<String>,
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.diagnostic, f)
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.diagnostic.message.in_lang(self.lang))
    }
}

impl std::error::Error for Shown<'_> {}

impl miette::Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.diagnostic.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.diagnostic.help.in_lang(self.lang)))
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let labelled = |label: &Label, primary: bool| {
            let text = Some(label.text.in_lang(self.lang).to_owned());
            let span = (label.span.offset, label.span.length);
            if primary {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            }
        };
        let first = std::iter::once(labelled(&self.diagnostic.at, true));
        Some(Box::new(
            first.chain(self.diagnostic.also.iter().map(move |label| labelled(label, false))),
        ))
    }
}

/// A file being read, and what is found wrong with it.
#[derive(Debug)]
pub struct Findings<'t> {
    file: &'t str,
    text: &'t str,
    found: Vec<Diagnostic>,
}

impl<'t> Findings<'t> {
    /// Nothing found yet.
    pub fn new(file: &'t str, text: &'t str) -> Self {
        Self { file, text, found: Vec::new() }
    }

    /// The file's content.
    pub fn source(&self) -> &'t str {
        self.text
    }

    /// Labels a stretch of the file.
    pub fn label(&self, span: ByteSpan, text: Text) -> Label {
        let offset = span.offset.min(self.text.len());
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.matches('\n').count() + 1;
        let column = before[line_start..].chars().count() + 1;
        let length = span.length.min(self.text.len() - offset);
        Label {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
            span: ByteSpan { offset, length },
            text,
        }
    }

    /// Adds an error; the returned diagnostic may be given more labels.
    pub fn error(
        &mut self,
        code: &str,
        span: ByteSpan,
        message: Text,
        label: Text,
        help: Text,
    ) -> &mut Diagnostic {
        self.add(Severity::Error, code, span, message, label, help)
    }

    /// Adds a warning; the returned diagnostic may be given more labels.
    pub fn warning(
        &mut self,
        code: &str,
        span: ByteSpan,
        message: Text,
        label: Text,
        help: Text,
    ) -> &mut Diagnostic {
        self.add(Severity::Warning, code, span, message, label, help)
    }

    fn add(
        &mut self,
        severity: Severity,
        code: &str,
        span: ByteSpan,
        message: Text,
        label: Text,
        help: Text,
    ) -> &mut Diagnostic {
        let at = self.label(span, label);
        self.found.push(Diagnostic {
            severity,
            code: code.to_owned(),
            message,
            file: self.file.to_owned(),
            at,
            also: Vec::new(),
            help,
        });
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    /// Whether an error was found.
    pub fn has_errors(&self) -> bool {
        self.found.iter().any(Diagnostic::is_error)
    }

    /// Everything found, in the order of the file.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.found.sort_by(|a, b| (a.at.span.offset, &a.code).cmp(&(b.at.span.offset, &b.code)));
        self.found
    }
}
