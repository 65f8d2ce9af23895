mod abort;
mod approve;
mod cannot;
mod done;
mod list;
mod log;
mod pause;
mod resume;
mod retry;
mod show;
mod skip;
mod step;

use std::process::ExitCode;

use clap::Subcommand;
use model::text::Lang;

use super::read::{ListArgs, ShowArgs};
use crate::failure::Failure;

#[derive(Subcommand)]
pub(crate) enum RunCommand {
    /// List the runs
    List(ListArgs),
    /// Show one run with its steps
    Show(ShowArgs),
    /// Let a run go on that waits for persons
    Approve(approve::ApproveArgs),
    /// Say that you did what a step of a run asks of a person
    Done(done::DoneArgs),
    /// Say that what a step of a run asks of a person can't be done
    Cannot(cannot::CannotArgs),
    /// Have a step of a run tried once more that failed for good or was skipped
    Retry(retry::RetryArgs),
    /// Let a run go on without one of its steps; never without a fence that others rely on
    Skip(skip::SkipArgs),
    /// Hold one run for a while; ends by itself
    Pause(pause::PauseArgs),
    /// End the pause of a run before its time
    Resume(resume::ResumeArgs),
    /// End a run: its incident is yours until somebody approves that Bascule acts on it again
    Abort(abort::AbortArgs),
    /// Tell a run from the audit log: each step with who, when, evidence, outcome and proof
    Log(log::LogArgs),
}

impl RunCommand {
    pub(super) fn run(self, lang: Lang) -> Result<ExitCode, Failure> {
        match self {
            Self::List(args) => list::run(&args, lang),
            Self::Show(args) => show::run(&args, lang),
            Self::Approve(args) => approve::run(&args, lang),
            Self::Done(args) => done::run(&args, lang),
            Self::Cannot(args) => cannot::run(&args, lang),
            Self::Retry(args) => retry::run(&args, lang),
            Self::Skip(args) => skip::run(&args, lang),
            Self::Pause(args) => pause::run(&args, lang),
            Self::Resume(args) => resume::run(&args, lang),
            Self::Abort(args) => abort::run(&args, lang),
            Self::Log(args) => log::run(&args, lang),
        }
    }
}
