use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use controller::survivor::OpeningStatus;
use model::text::Lang;

use super::order_file;
use crate::client::{Client, ReachArgs};
use crate::failure::{Class, Failure};
use crate::output::print;
use crate::runtime::wait_for;
use crate::words::both;

#[derive(Args)]
pub(crate) struct OpenArgs {
    /// The order with its two signatures
    order: PathBuf,
    #[command(flatten)]
    reach: ReachArgs,
}

/// `bascule era open`
pub(super) fn run(args: &OpenArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let order = order_file::read(&args.order)?;
    wait_for(async {
        let client = Client::open(&args.reach).await?;
        let controller = order.order().controller;
        let says = client.operate_at(controller, "open-era", &order.to_string()).await?;
        let status: OpeningStatus =
            serde_json::from_str(&says).map_err(|error| Failure::of(Class::Internal, &error))?;
        let (era, wait) = (status.era.0, status.required_ms.div_ceil(1000));
        let said = both!(
            "{controller} follows the order: era {era} begins after {wait} s without a sign of life. Watch with `bascule era status --watch`\n",
            "{controller} suit l'ordre : l'ère {era} commence après {wait} s sans signe de vie. À suivre avec `bascule era status --watch`\n",
        );
        print(said.in_lang(lang))?;
        Ok(ExitCode::SUCCESS)
    })
}
