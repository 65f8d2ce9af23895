use std::fmt;
use std::io::IsTerminal;

use miette::{GraphicalReportHandler, GraphicalTheme};
use model::diagnostic::Style;
use model::text::Lang;
use serde::Serialize;

use crate::output::terminal_width;
use crate::words::estate;

/// One thing that is wrong with a file.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Finding {
    /// `error` or `warning`.
    pub(crate) severity: &'static str,
    /// The stable name of the rule.
    pub(crate) code: String,
    /// What is wrong and what that means.
    pub(crate) message: String,
    /// The file.
    pub(crate) file: String,
    /// The line, from 1.
    pub(crate) line: u64,
    /// The column, from 1.
    pub(crate) column: u64,
    /// What to do.
    pub(crate) help: String,
    /// As it is drawn for a person.
    #[serde(skip)]
    drawn: String,
}

fn style() -> Style {
    let color = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    Style { color, width: terminal_width() }
}

impl Finding {
    /// From the reading of an estate or a policy; `text` is the file's content.
    pub(crate) fn of_model(found: &model::diagnostic::Diagnostic, text: &str, lang: Lang) -> Self {
        Self {
            severity: if found.is_error() { "error" } else { "warning" },
            code: found.code.clone(),
            message: found.message.in_lang(lang).to_owned(),
            file: found.file.clone(),
            line: found.at.line.into(),
            column: found.at.column.into(),
            help: found.help.in_lang(lang).to_owned(),
            drawn: found.render(text, lang, style()),
        }
    }

    /// From the reading of a runbook.
    pub(crate) fn of_runbook(found: &runbook::Diagnostic, lang: Lang) -> Self {
        let severity = match found.severity {
            runbook::Severity::Error => "error",
            runbook::Severity::Warning => "warning",
        };
        let mut finding = Self {
            severity,
            code: found.code.to_owned(),
            message: found.message.clone(),
            file: found.file().to_owned(),
            line: found.line as u64,
            column: found.column as u64,
            help: found.help.clone(),
            drawn: String::new(),
        };
        finding.drawn = drawn(found).unwrap_or_else(|fmt::Error| {
            format!("{}\n{}: {}\n", finding.one_line(), estate::HELP.in_lang(lang), found.help)
        });
        finding
    }

    /// Whether the file can't be used.
    pub(crate) fn is_error(&self) -> bool {
        self.severity == "error"
    }

    /// `file:line:column: error[code]: message`
    pub(crate) fn one_line(&self) -> String {
        let Self { file, line, column, severity, code, message, .. } = self;
        format!("{file}:{line}:{column}: {severity}[{code}]: {message}")
    }

    /// With an excerpt and underlines.
    pub(crate) fn drawn(&self) -> &str {
        &self.drawn
    }
}

fn drawn(found: &runbook::Diagnostic) -> Result<String, fmt::Error> {
    let Style { color, width } = style();
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(width)
        .with_urls(false)
        .with_context_lines(1);
    let mut text = String::new();
    handler.render_report(&mut text, found)?;
    Ok(text)
}
