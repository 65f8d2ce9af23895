mod planning;
mod simulate;

use std::process::ExitCode;

use clap::Subcommand;
use model::text::Lang;

use crate::failure::Failure;

#[derive(Subcommand)]
pub(crate) enum BenchCommand {
    /// Rehearsals of a room's loss, beside the same model in SimPy
    Simulate(simulate::SimulateArgs),
    /// Placement and capacity proof at several sizes, beside CP-SAT
    Planning(planning::PlanningArgs),
}

impl BenchCommand {
    pub(super) fn run(self, lang: Lang) -> Result<ExitCode, Failure> {
        match self {
            Self::Simulate(args) => simulate::run(&args, lang),
            Self::Planning(args) => planning::run(&args, lang),
        }
    }
}
