use std::process::ExitCode;

use clap::Args;
use model::text::Lang;
use server::query::{HostView, RoomView};

use crate::client::ReachArgs;
use crate::commands::attesting;
use crate::failure::Failure;
use crate::output::OutputArgs;

#[derive(Args)]
pub(crate) struct AttestArgs {
    /// The room
    room: String,
    /// What you checked and saw, with your own eyes
    #[arg(long, value_name = "TEXT")]
    evidence: String,
    #[command(flatten)]
    reach: ReachArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// `bascule room attest`
pub(super) fn run(args: &AttestArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let about = format!("room/{}", args.room);
    let order = attesting::Order { about: &about, evidence: &args.evidence };
    attesting::give(&args.reach, args.output, lang, &order, async |client| {
        let room: RoomView = client.query("rooms", Some(&args.room)).await?;
        let hosts: Vec<HostView> = client.query_now("hosts", None).await?;
        Ok(hosts.into_iter().filter(|host| host.room == room.room).collect())
    })
}
