use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Args;
use model::text::Lang;

use crate::client::{Client, ReachArgs};
use crate::failure::Failure;
use crate::output::print;
use crate::runtime::wait_for;

#[derive(Args)]
pub(crate) struct JoinArgs {
    /// The token that `cluster token` showed
    #[arg(long)]
    token: String,
    /// Where this controller will listen
    #[arg(long, value_name = "HOST:PORT")]
    address: SocketAddr,
    #[command(flatten)]
    reach: ReachArgs,
}

/// `bascule cluster join`: on the new machine, as the new controller.
pub(super) fn run(args: &JoinArgs, _lang: Lang) -> Result<ExitCode, Failure> {
    wait_for(async {
        let client = Client::open(&args.reach).await?;
        let says = client.join(&args.token, &args.address.to_string()).await?;
        print(&format!("{says}\n"))?;
        Ok(ExitCode::SUCCESS)
    })
}
