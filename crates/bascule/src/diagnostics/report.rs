use std::path::Path;
use std::process::ExitCode;

use model::text::Lang;
use serde::Serialize;

use super::Finding;
use crate::failure::{Class, Failure};
use crate::output::{Format, as_data, print};
use crate::words::{both, estate};

/// What was found in one file.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FileReport {
    /// The file.
    pub(crate) file: String,
    /// Whether it can be used.
    pub(crate) usable: bool,
    /// Everything found.
    pub(crate) diagnostics: Vec<Finding>,
}

impl FileReport {
    /// A file and what was found in it.
    pub(crate) fn new(file: String, diagnostics: Vec<Finding>) -> Self {
        let usable = !diagnostics.iter().any(Finding::is_error);
        Self { file, usable, diagnostics }
    }

    fn summary(&self, lang: Lang) -> String {
        let errors = self.diagnostics.iter().filter(|finding| finding.is_error()).count();
        let warnings = self.diagnostics.len() - errors;
        if self.diagnostics.is_empty() {
            format!("{}: {}\n", self.file, estate::IN_ORDER.in_lang(lang))
        } else {
            format!(
                "{}: {errors} {}, {warnings} {}\n",
                self.file,
                estate::ERRORS.in_lang(lang),
                estate::WARNINGS.in_lang(lang)
            )
        }
    }
}

/// Reads a file that a person wrote.
pub(crate) fn read_file(path: &Path) -> Result<(String, String), Failure> {
    let name = path.display().to_string();
    match std::fs::read(path).map(String::from_utf8) {
        Ok(Ok(text)) => Ok((name, text)),
        Ok(Err(_)) => Err(Failure::new(
            Class::Input,
            both!("{name} is not a text in UTF-8", "{name} n'est pas un texte en UTF-8"),
        )),
        Err(error) => Err(Failure::new(
            Class::Input,
            both!("{name} cannot be read: {error}", "{name} est illisible : {error}"),
        )),
    }
}

/// Writes what was found; the exit code is 1 when a file can't be used.
pub(crate) fn report(
    files: &[FileReport],
    format: Format,
    lang: Lang,
) -> Result<ExitCode, Failure> {
    let findings = || files.iter().flat_map(|file| &file.diagnostics);
    match format {
        Format::Table | Format::Wide => {
            let mut text = String::new();
            for file in files {
                for finding in &file.diagnostics {
                    text.push_str(finding.drawn());
                    text.push('\n');
                }
                text.push_str(&file.summary(lang));
            }
            print(&text)?;
        }
        Format::Name => {
            let lines: String =
                findings().map(|finding| format!("{}\n", finding.one_line())).collect();
            print(&lines)?;
        }
        Format::Json | Format::Yaml => print(&as_data(&files, format)?)?,
    }
    let code = if files.iter().all(|file| file.usable) { 0 } else { Class::NotInOrder.exit_code() };
    Ok(ExitCode::from(code))
}
