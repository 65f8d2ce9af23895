//! System commands.

use std::process::Stdio;

use tokio::process::Command;

use super::error::LabError;

/// Runs a command to its end; what it said on standard error if it failed.
pub(super) async fn run(program: &str, args: &[&str]) -> Result<String, LabError> {
    let failed = |reason: String| LabError::Command {
        command: format!("{program} {}", args.join(" ")),
        reason,
    };
    let output = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(failed(if said.is_empty() { output.status.to_string() } else { said }))
}

/// `ip` with these words, split at spaces.
pub(super) async fn ip(words: &str) -> Result<String, LabError> {
    run("ip", &words.split_whitespace().collect::<Vec<_>>()).await
}
