//! One step of a longer command: named, timed, its failure told in a sentence.

use std::fmt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Why a step failed.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The top of the repository.
pub(crate) fn repository() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or(here.clone(), PathBuf::from)
}

/// A command, started at the top of the repository.
pub(crate) fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(repository()).stdin(Stdio::null());
    command
}

/// Runs a command whose output goes to the terminal.
pub(crate) fn run(name: &str, program: &str, args: &[&str]) -> Result<(), Failure> {
    println!("\n=== {name}: {program} {}", args.join(" "));
    let started = Instant::now();
    let status = command(program, args)
        .status()
        .map_err(|error| Failure(format!("{name}: cannot start {program}: {error}")))?;
    println!("=== {name}: {:.0} s", started.elapsed().as_secs_f64());
    if status.success() {
        Ok(())
    } else {
        Err(Failure(format!("{name} failed: `{program} {}` ended with {status}", args.join(" "))))
    }
}

/// Runs a command and returns its standard output and whether it succeeded; standard error goes
/// to the terminal.
pub(crate) fn capture(name: &str, program: &str, args: &[&str]) -> Result<(String, bool), Failure> {
    println!("\n=== {name}: {program} {}", args.join(" "));
    let started = Instant::now();
    let output = command(program, args)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Failure(format!("{name}: cannot start {program}: {error}")))?;
    println!("=== {name}: {:.0} s", started.elapsed().as_secs_f64());
    Ok((String::from_utf8_lossy(&output.stdout).into_owned(), output.status.success()))
}

/// Where cargo builds.
pub(crate) fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository().join("target"), PathBuf::from)
}

/// Builds the one binary (development profile) and returns its path.
pub(crate) fn binary() -> Result<String, Failure> {
    run("build", "cargo", &["build", "--package", "bascule"])?;
    Ok(built("debug"))
}

/// Builds the one binary as it is shipped and returns its path.
pub(crate) fn release_binary() -> Result<String, Failure> {
    run("build", "cargo", &["build", "--release", "--package", "bascule"])?;
    Ok(built("release"))
}

fn built(profile: &str) -> String {
    target_folder().join(profile).join("bascule").to_string_lossy().into_owned()
}
