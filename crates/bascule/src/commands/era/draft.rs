use std::path::PathBuf;
use std::process::ExitCode;

use audit::era_order::SignedOrder;
use clap::Args;
use model::id::ControllerId;
use model::text::Lang;
use server::EraView;

use super::order_file;
use crate::client::{Client, ReachArgs};
use crate::failure::{Class, Failure};
use crate::output::print;
use crate::runtime::wait_for;
use crate::words::{both, era};

#[derive(Args)]
pub(crate) struct DraftArgs {
    /// The number of the controller that is left
    #[arg(long, value_name = "NUMBER")]
    survivor: u64,
    /// What you have checked, in your own words: it is the one assumption
    #[arg(long, value_name = "TEXT")]
    statement: String,
    /// Why the era is opened
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The file to write the order to
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    reach: ReachArgs,
}

/// `bascule era draft`
pub(super) fn run(args: &DraftArgs, lang: Lang) -> Result<ExitCode, Failure> {
    wait_for(async {
        let client = Client::open(&args.reach).await?;
        let controller = ControllerId(args.survivor);
        let view: EraView = client.query_at(controller, "era").await?;
        if view.answered_by != controller {
            return Err(Failure::new(
                Class::NobodyAnswers,
                both!("{controller} does not answer", "{controller} ne répond pas"),
            ));
        }
        let Some(mut order) = view.draft else {
            return Err(Failure::new(Class::Rejected, era::NO_ESTATE.into()));
        };
        order.statement.clone_from(&args.statement);
        order.reason.clone_from(&args.reason);
        let order =
            SignedOrder::draft(order).map_err(|error| Failure::of(Class::Internal, &error))?;
        order_file::write(&args.to, &order)?;
        print(&order_file::summary(&order, lang))?;
        let file = args.to.display();
        let next = both!(
            "\nWritten to {file}. Two persons read it and sign it: `bascule era sign {file} --key KEY`\n",
            "\nÉcrit dans {file}. Deux personnes le lisent et le signent : `bascule era sign {file} --key CLÉ`\n",
        );
        print(next.in_lang(lang))?;
        Ok(ExitCode::SUCCESS)
    })
}
