mod init;
mod join;
mod status;
mod token;
mod transfer_leader;
mod upgrade;

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
    /// Let one new controller join in place of a room's dead one
    Token(token::TokenArgs),
    /// Join, on the new machine, with the token
    Join(join::JoinArgs),
    /// Run a newer version of apply, once every controller carries it
    Upgrade(upgrade::UpgradeArgs),
}

impl ClusterCommand {
    pub(super) fn run(self, lang: Lang) -> Result<ExitCode, Failure> {
        match self {
            Self::Init(args) => init::run(&args, lang),
            Self::Status(args) => status::run(&args, lang),
            Self::TransferLeader(args) => transfer_leader::run(&args, lang),
            Self::Token(args) => token::run(&args, lang),
            Self::Join(args) => join::run(&args, lang),
            Self::Upgrade(args) => upgrade::run(&args, lang),
        }
    }
}
