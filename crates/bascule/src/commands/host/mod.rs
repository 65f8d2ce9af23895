mod arm;
mod attest;
mod disarm;
mod list;
mod maintenance;
mod show;

use std::process::ExitCode;

use clap::Subcommand;
use model::text::Lang;

use super::read::{ListArgs, ShowArgs};
use crate::failure::Failure;

#[derive(Subcommand)]
pub(crate) enum HostCommand {
    /// List the hosts
    List(ListArgs),
    /// Show one host
    Show(ShowArgs),
    /// Arm a host's watchdog: recorded in the log, then ordered to its agent
    Arm(arm::ArmArgs),
    /// Disarm a host's watchdog: recorded in the log, then ordered to its agent
    Disarm(disarm::DisarmArgs),
    /// Attest that a host is off, over what you checked: two distinct persons prove its fence
    Attest(attest::AttestArgs),
    /// Say that a host is worked on: its silence is no incident
    Maintenance(maintenance::MaintenanceArgs),
}

impl HostCommand {
    pub(super) fn run(self, lang: Lang) -> Result<ExitCode, Failure> {
        match self {
            Self::List(args) => list::run(&args, lang),
            Self::Show(args) => show::run(&args, lang),
            Self::Arm(args) => arm::run(&args, lang),
            Self::Disarm(args) => disarm::run(&args, lang),
            Self::Attest(args) => attest::run(&args, lang),
            Self::Maintenance(args) => maintenance::run(&args, lang),
        }
    }
}
