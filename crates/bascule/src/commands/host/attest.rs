use std::process::ExitCode;

use clap::Args;
use model::text::Lang;
use server::query::HostView;

use crate::client::ReachArgs;
use crate::commands::attesting;
use crate::failure::Failure;
use crate::output::OutputArgs;

#[derive(Args)]
pub(crate) struct AttestArgs {
    /// The host
    host: String,
    /// What you checked and saw, with your own eyes
    #[arg(long, value_name = "TEXT")]
    evidence: String,
    #[command(flatten)]
    reach: ReachArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// `bascule host attest`
pub(super) fn run(args: &AttestArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let about = format!("host/{}", args.host);
    let order = attesting::Order { about: &about, evidence: &args.evidence };
    attesting::give(&args.reach, args.output, lang, &order, async |client| {
        Ok(vec![client.query_now::<HostView>("hosts", Some(&args.host)).await?])
    })
}
