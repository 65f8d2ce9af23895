//! Developer commands. `cargo xtask test` installs what the tests need and runs all of them.

#![forbid(unsafe_code)]

mod demos;
mod lab_smoke;
mod mutants;
mod prerequisites;
mod simulation;
mod step;
mod tests;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Developer commands of Bascule")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what is missing, then run every check and test.
    Test,
    /// Install what is missing (Debian packages, cargo-nextest, cargo-deny).
    Setup,
    /// The demonstrations on the twin, with each fault, checked.
    Demos,
    /// The lab with real QEMU VMs: room A's namespace is killed, its VMs run in room B.
    LabSmoke,
    /// The seeded simulation twice, in two processes: the traces must be equal to the byte.
    Simulation,
    /// Every seeded bug against its checker, and the unmutated control on the same seeds.
    Mutants(mutants::MutantsArgs),
    /// The seeded simulation in two builds, with and without optimisation and assertions: the
    /// traces must be equal to the byte. Compiles the release build if it is not there.
    Determinism,
    /// Format and apply the lints that fix themselves (the others are shown by `test`).
    Fix,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Test => tests::run(),
        Command::Setup => prerequisites::install(),
        Command::Demos => demos::run(),
        Command::LabSmoke => lab_smoke::run(),
        Command::Simulation => simulation::run(),
        Command::Mutants(args) => mutants::run(&args),
        Command::Determinism => simulation::two_builds(),
        Command::Fix => tests::fix(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nxtask: {failure}");
            ExitCode::FAILURE
        }
    }
}
