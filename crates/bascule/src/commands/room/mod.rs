mod attest;
mod list;
mod maintenance;
mod show;

use std::process::ExitCode;

use clap::Subcommand;
use model::text::Lang;

use super::read::{ListArgs, ShowArgs};
use crate::failure::Failure;

#[derive(Subcommand)]
pub(crate) enum RoomCommand {
    /// List the rooms
    List(ListArgs),
    /// Show one room
    Show(ShowArgs),
    /// Attest that every host of a room is off, over what you checked: two persons prove it
    Attest(attest::AttestArgs),
    /// Say that a room is worked on: its silence is no incident
    Maintenance(maintenance::MaintenanceArgs),
}

impl RoomCommand {
    pub(super) fn run(self, lang: Lang) -> Result<ExitCode, Failure> {
        match self {
            Self::List(args) => list::run(&args, lang),
            Self::Show(args) => show::run(&args, lang),
            Self::Attest(args) => attest::run(&args, lang),
            Self::Maintenance(args) => maintenance::run(&args, lang),
        }
    }
}
