use std::process::ExitCode;

use clap::Args;
use model::action::Action;
use model::id::RunId;
use model::step::{ItemRef, StepKey};
use model::text::Lang;
use model::units::Span;
use runbook::ItemState;
use server::query::RunView;
use state_machine::Command;

use crate::client::ReachArgs;
use crate::commands::orders;
use crate::failure::{Class, Failure};
use crate::output::OutputArgs;
use crate::words::both;
use crate::words::orders::APPROVED;

#[derive(Args)]
pub(crate) struct ApproveArgs {
    /// The run
    #[arg(value_parser = crate::commands::run_id)]
    run: RunId,
    /// What may be lost at most where a copy must be opened that lacks writes: `90s`
    #[arg(long)]
    loss: Option<Span>,
    #[command(flatten)]
    reach: ReachArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// `bascule run approve`
pub(super) fn run(args: &ApproveArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let about = format!("run/{}", args.run);
    orders::give(&args.reach, args.output, lang, (&about, APPROVED), async |client| {
        let id = args.run.to_string();
        let view: RunView = client.query_now("runs", Some(&id)).await?;
        let item = waiting(&view).ok_or_else(|| nothing_waits(args.run))?;
        let key = StepKey { era: view.era, run: args.run, item };
        Ok(Command::StepApproved { key, loss: args.loss })
    })
}

/// The step at which the run waits for persons.
fn waiting(view: &RunView) -> Option<ItemRef> {
    let over = |state: ItemState| state.is_over();
    let waits = view
        .items
        .iter()
        .find(|item| matches!(item.action, Action::Approval { .. }) && !over(item.state))?;
    Some(ItemRef { step: waits.item.as_str().into(), item: String::new() })
}

fn nothing_waits(run: RunId) -> Failure {
    Failure::new(
        Class::NoSuch,
        both!(
            "{run} waits for nobody's approval: `bascule run show` tells where it stands",
            "{run} n'attend l'approbation de personne : `bascule run show` dit où elle en est",
        ),
    )
}
