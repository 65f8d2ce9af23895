//! Every check and test, in the order in which they are cheapest to fail.

use crate::step::{self, Failure};
use crate::{demos, lab_smoke, prerequisites, simulation};

fn run_checks() -> Result<(), Failure> {
    step::run("format", "cargo", &["fmt", "--all", "--check"])?;
    step::run(
        "bans, licences, sources",
        "cargo",
        &["deny", "check", "bans", "licenses", "sources"],
    )?;
    step::run(
        "lints",
        "cargo",
        &["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"],
    )
}

/// Installs what is missing, then runs every check and test.
pub(crate) fn run() -> Result<(), Failure> {
    prerequisites::install()?;
    run_checks()?;
    // The tests that cross crates start the real binary.
    let _ = step::binary()?;
    step::run("tests", "cargo", &["nextest", "run", "--workspace", "--profile", "ci"])?;
    simulation::run()?;
    demos::run()?;
    lab_smoke::run()?;
    println!("\nAll checks and tests passed.");
    Ok(())
}

/// Formats, and applies the lints that fix themselves.
pub(crate) fn fix() -> Result<(), Failure> {
    step::run("format", "cargo", &["fmt", "--all"])?;
    step::run(
        "lints",
        "cargo",
        &["clippy", "--workspace", "--all-targets", "--fix", "--allow-dirty", "--allow-staged"],
    )
}
