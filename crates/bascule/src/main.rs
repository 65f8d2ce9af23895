//! The one binary: every subcommand, output formats, contexts, completion.
//!
//! What the process ends with is in [`failure::Class`].

#![forbid(unsafe_code)]

mod cli;
mod client;
mod commands;
mod diagnostics;
mod failure;
mod help;
mod lang;
mod output;
mod paper;
mod runtime;
mod tracing_output;
mod views;
mod words;

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(feature = "lab")]
    lab::end_with_parent_if_asked();
    let arguments: Vec<_> = std::env::args_os().collect();
    let lang = lang::of(&arguments, |name| std::env::var(name).ok());
    match cli::parse(arguments, lang) {
        Err(usage) => usage.show(lang),
        Ok(cli) => match cli.command.run(lang) {
            Ok(code) => code,
            Err(failure) => failure.show(lang),
        },
    }
}
