mod init;
mod status;
mod transfer_leader;

use std::process::ExitCode;

use clap::Subcommand;
use model::text::Lang;

use super::read::ListArgs;
use crate::failure::Failure;

#[derive(Subcommand)]
pub(crate) enum ClusterCommand {
    /// Make the keys and certificates of a new cluster
    Init(init::InitArgs),
    /// Who leads, who is seen
    Status(ListArgs),
    /// Hand the leadership to another controller
    TransferLeader(transfer_leader::TransferLeaderArgs),
}

impl ClusterCommand {
    pub(super) fn run(self, lang: Lang) -> Result<ExitCode, Failure> {
        match self {
            Self::Init(args) => init::run(&args, lang),
            Self::Status(args) => status::run(&args, lang),
            Self::TransferLeader(args) => transfer_leader::run(&args, lang),
        }
    }
}
