//! Running the binary.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

/// What one run said and ended with.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Its standard output as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The binary with nothing of this machine's own settings.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bascule"));
    let settings = ["BASCULE_CONTEXT", "BASCULE_CONTEXT_FILE", "BASCULE_TLS_DIR", "BASCULE_LOG"];
    for variable in settings.into_iter().chain(["LC_ALL", "LC_MESSAGES", "LANG", "COLUMNS"]) {
        command.env_remove(variable);
    }
    command.env("XDG_CONFIG_HOME", "/nonexistent");
    command
}

/// Runs it to its end.
pub(crate) fn run<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Ran {
    let output = command().args(arguments).output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A file that is shipped with the project.
pub(crate) fn shipped(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}
