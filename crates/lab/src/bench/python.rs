//! Peers that are packages of Python: installed into a folder of their own, run as processes.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use model::text::{Lang, Text};

/// Why a peer of Python's can't be run.
#[derive(Debug, thiserror::Error)]
pub enum PythonError {
    /// No Python.
    #[error("python3 can't be run")]
    NoPython(#[source] io::Error),
    /// No virtual environment, or no package.
    #[error("`{step}` failed: {said}")]
    NotInstalled {
        /// Which step.
        step: String,
        /// The last line that it said.
        said: String,
    },
    /// The peer did not do its work.
    #[error("{package} gave no answer: {said}")]
    NoAnswer {
        /// Which package.
        package: String,
        /// The last line that it said.
        said: String,
    },
    /// Its answer is not understood.
    #[error("the answer of the peer is not understood")]
    Answer(#[source] serde_json::Error),
}

impl PythonError {
    /// For a person: what it means, what to do.
    pub fn in_words(&self, lang: Lang) -> String {
        let advice = match self {
            Self::NoPython(_) => Text::Each {
                en: "install python3 with its module venv".to_owned(),
                fr: "installez python3 et son module venv".to_owned(),
            },
            Self::NotInstalled { .. } => Text::Each {
                en: "a network that reaches PyPI is needed once".to_owned(),
                fr: "il faut une fois un réseau qui atteint PyPI".to_owned(),
            },
            Self::NoAnswer { .. } | Self::Answer(_) => Text::Each {
                en: "nothing was compared".to_owned(),
                fr: "rien n'a été comparé".to_owned(),
            },
        };
        format!("{self}; {}", advice.in_lang(lang))
    }
}

/// A Python with one package.
#[derive(Clone, Debug)]
pub(super) struct Python {
    program: PathBuf,
    package: &'static str,
}

impl Python {
    /// Installs the package where it is not yet.
    pub(super) fn with(
        package: &'static str,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Self, PythonError> {
        let folder = std::env::temp_dir().join(format!("bascule-bench-{package}"));
        let known = Self { program: folder.join("bin").join("python"), package };
        if known.has_it() {
            return Ok(known);
        }
        tell(&format!("python3 -m venv; pip install {package}"));
        let mut venv = Command::new("python3");
        let made = venv.args(["-m", "venv"]).arg(&folder).output();
        done("python3 -m venv", &made.map_err(PythonError::NoPython)?)?;
        let mut pip = Command::new(&known.program);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]);
        let installed = pip.output().map_err(PythonError::NoPython)?;
        done(&format!("pip install {package}"), &installed)?;
        Ok(known)
    }

    fn has_it(&self) -> bool {
        let import = format!("import {}", self.package);
        let shown = Command::new(&self.program).args(["-c", &import]).output();
        shown.is_ok_and(|output| output.status.success())
    }

    /// The package's version.
    pub(super) fn version(&self) -> Result<String, PythonError> {
        let show = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))";
        let said = self.ask(show, &[self.package], &[])?;
        Ok(String::from_utf8_lossy(&said).trim().to_owned())
    }

    /// Runs a program with these arguments over this input; what it wrote.
    pub(super) fn ask(
        &self,
        program: &str,
        args: &[&str],
        input: &[u8],
    ) -> Result<Vec<u8>, PythonError> {
        let mut child = Command::new(&self.program)
            .args(["-c", program])
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(PythonError::NoPython)?;
        if let Some(mut stdin) = child.stdin.take() {
            // A program that has died tells why below.
            let _ = stdin.write_all(input);
        }
        let output = child.wait_with_output().map_err(PythonError::NoPython)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let (package, said) = (self.package.to_owned(), last_line(&output.stderr));
        Err(PythonError::NoAnswer { package, said })
    }
}

fn done(step: &str, output: &Output) -> Result<(), PythonError> {
    if output.status.success() {
        return Ok(());
    }
    Err(PythonError::NotInstalled { step: step.to_owned(), said: last_line(&output.stderr) })
}

fn last_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned()
}
