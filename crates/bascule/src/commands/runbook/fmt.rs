use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use model::text::Lang;
use runbook::CanonicalError;
use serde::Serialize;

use crate::diagnostics::{FileReport, Finding, read_file, report};
use crate::failure::{Class, Failure};
use crate::output::{Format, OutputArgs, as_data, print};
use crate::words::{both, runbook as words};

#[derive(Args)]
pub(crate) struct FmtArgs {
    /// The runbook files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Change nothing; say which files are not in canonical form, and end with 1 if any is not
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// What became of one file.
#[derive(Serialize)]
struct Formatted {
    file: String,
    /// It is in canonical form by now.
    canonical: bool,
    /// It was changed.
    rewritten: bool,
}

/// `bascule runbook fmt`
pub(super) fn run(args: &FmtArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let format = args.output.output;
    let mut all = Vec::new();
    for path in &args.files {
        let (file, text) = read_file(path)?;
        let written = match runbook::canonical(&text) {
            Ok(written) => written,
            Err(CanonicalError::Unreadable { .. }) => {
                let reading = runbook::read(&file, &text);
                let found = reading.diagnostics.iter();
                let findings = found.map(|found| Finding::of_runbook(found, lang)).collect();
                return report(&[FileReport::new(file, findings)], format, lang);
            }
            Err(error) => return Err(refused(&file, &error)),
        };
        let differs = written != text;
        if differs && !args.check {
            replace(path, &file, &written)?;
        }
        let rewritten = differs && !args.check;
        all.push(Formatted { file, canonical: !differs || rewritten, rewritten });
    }
    print(&match format {
        Format::Json | Format::Yaml => as_data(&all, format)?,
        Format::Name => {
            let differ = all.iter().filter(|one| one.rewritten || !one.canonical);
            differ.map(|one| format!("{}\n", one.file)).collect()
        }
        Format::Table | Format::Wide => all.iter().map(|one| one.line(lang)).collect(),
    })?;
    let in_form = all.iter().all(|one| one.canonical);
    Ok(ExitCode::from(if in_form { 0 } else { Class::NotInOrder.exit_code() }))
}

impl Formatted {
    fn line(&self, lang: Lang) -> String {
        let state = match (self.rewritten, self.canonical) {
            (true, _) => words::REWRITTEN,
            (false, true) => words::IN_FORM,
            (false, false) => words::NOT_IN_FORM,
        };
        format!("{}: {}\n", self.file, state.in_lang(lang))
    }
}

fn refused(file: &str, error: &CanonicalError) -> Failure {
    Failure::new(
        Class::Input,
        both!("{file} is left as it is: {error}", "{file} est laissé tel quel : {error}"),
    )
}

/// Writes beside the file and takes its place, with its permissions: a full disk leaves the old one,
/// and nothing beside it.
fn replace(path: &Path, file: &str, text: &str) -> Result<(), Failure> {
    let beside = path.with_extension("yaml.new");
    let permissions = std::fs::metadata(path).map(|known| known.permissions());
    let written = permissions
        .and_then(|permissions| {
            std::fs::write(&beside, text)?;
            std::fs::set_permissions(&beside, permissions)
        })
        .and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|error| {
        // What is half written is nobody's; if even this fails, the message says the cause.
        let _ = std::fs::remove_file(&beside);
        Failure::new(
            Class::Input,
            both!("{file} cannot be written: {error}", "{file} ne peut être écrit : {error}"),
        )
    })
}
