//! What is wrong with a runbook file, where, and what to do.

use std::fmt;
use std::sync::Arc;

use miette::{LabeledSpan, NamedSource, SourceCode, SourceSpan};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; the runbook can run.
    Warning,
    /// The runbook can't run.
    Error,
}

/// One finding, with its place in the file.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Diagnostic {
    /// Stable name of the rule: `runbook/unknown-action`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong and what that means.
    pub message: String,
    /// What stands under the underline.
    pub label: String,
    /// What to do.
    pub help: String,
    /// Where, in bytes of the file.
    pub span: SourceSpan,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    file: Arc<NamedSource<String>>,
}

impl Diagnostic {
    /// The name of the file.
    pub fn file(&self) -> &str {
        self.file.name()
    }
}

impl miette::Diagnostic for Diagnostic {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        (!self.help.is_empty()).then(|| Box::new(&self.help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.file)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = (!self.label.is_empty()).then(|| self.label.clone());
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(label, self.span))))
    }
}

/// A file under reading, and what was found in it so far.
pub(crate) struct Findings {
    file: Arc<NamedSource<String>>,
    text: String,
    found: Vec<Diagnostic>,
}

/// What a rule says: everything but the place.
pub(crate) struct Finding {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) label: String,
    pub(crate) help: String,
}

impl Findings {
    pub(crate) fn new(file_name: &str, text: &str) -> Self {
        Self {
            file: Arc::new(NamedSource::new(file_name, text.to_owned())),
            text: text.to_owned(),
            found: Vec::new(),
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn error(&mut self, place: Place, finding: Finding) {
        self.push(Severity::Error, place, finding);
    }

    pub(crate) fn warning(&mut self, place: Place, finding: Finding) {
        self.push(Severity::Warning, place, finding);
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.found.iter().any(|one| one.severity == Severity::Error)
    }

    pub(crate) fn has_code(&self, code: &str) -> bool {
        self.found.iter().any(|one| one.code == code)
    }

    /// Everything found, in the order of the file.
    pub(crate) fn into_vec(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|one| (one.span.offset(), one.code));
        self.found
    }

    fn push(&mut self, severity: Severity, place: Place, finding: Finding) {
        let start = floor_char(&self.text, place.offset);
        let before = &self.text[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let Finding { code, message, label, help } = finding;
        self.found.push(Diagnostic {
            code,
            severity,
            message,
            label,
            help,
            span: (start, place.len.min(self.text.len() - start)).into(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            file: Arc::clone(&self.file),
        });
    }
}

/// A place in a file, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) offset: usize,
    pub(crate) len: usize,
}

impl Place {
    /// Where the parser saw something. The parser gives no length for some nodes: then the word
    /// that stands there.
    pub(crate) fn of(location: serde_saphyr::Location, text: &str) -> Self {
        let to_size = |bytes: u64| usize::try_from(bytes).unwrap_or(0);
        let offset = match location.span().byte_offset() {
            Some(offset) => to_size(offset),
            None => offset_of(text, to_size(location.line()), to_size(location.column())),
        };
        let offset = floor_char(text, offset);
        let given = location.span().byte_len().map_or(0, to_size).min(text.len() - offset);
        // A mapping or a block may end lines later: its first line is enough to find it.
        let first_line = text[offset..offset + floor_char(&text[offset..], given)]
            .lines()
            .next()
            .map_or(0, |line| line.trim_end().len());
        let len = if first_line > 0 {
            first_line
        } else {
            let rest = &text[offset..];
            rest.find(|c: char| c.is_whitespace() || ",:]}".contains(c))
                .unwrap_or(rest.len())
                .max(1)
        };
        Self { offset, len }
    }
}

fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let in_line: usize =
        text[start..].chars().take(column.saturating_sub(1)).map(char::len_utf8).sum();
    start + in_line
}

fn floor_char(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// `did you mean X?` with the nearest of the known words, or nothing if none is near.
pub(crate) fn nearest<'a>(
    wrong: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(wrong, word), word))
        .filter(|(distance, word)| *distance <= 2.max(word.len() / 3))
        .min()
        .map(|(_, word)| word)
}
