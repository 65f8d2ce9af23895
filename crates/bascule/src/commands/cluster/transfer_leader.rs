use std::process::ExitCode;

use clap::Args;
use model::text::Lang;

use crate::client::{Client, ReachArgs};
use crate::failure::Failure;
use crate::output::print;
use crate::runtime::wait_for;

#[derive(Args)]
pub(crate) struct TransferLeaderArgs {
    /// The number of the controller that is to lead
    controller: u64,
    #[command(flatten)]
    reach: ReachArgs,
}

/// `bascule cluster transfer-leader`
pub(super) fn run(args: &TransferLeaderArgs, _lang: Lang) -> Result<ExitCode, Failure> {
    wait_for(async {
        let client = Client::open(&args.reach).await?;
        let says = client.operate("transfer-leader", &args.controller.to_string()).await?;
        print(&format!("{says}\n"))?;
        Ok(ExitCode::SUCCESS)
    })
}
