//! The step of a run that a person speaks of.

use clap::Args;
use model::id::RunId;
use model::step::{ItemRef, StepKey};
use model::text::Lang;
use server::query::RunView;

use crate::client::{Client, ReachArgs};
use crate::failure::{Class, Failure};
use crate::output::OutputArgs;
use crate::words::{both, run};

#[derive(Args)]
pub(crate) struct StepArgs {
    /// The run
    #[arg(value_parser = crate::commands::run_id)]
    run: RunId,
    /// The step as `bascule run show` names it, as `start/dpi-01`
    step: String,
    #[command(flatten)]
    pub(super) reach: ReachArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

impl StepArgs {
    /// For answers: `run/run-12/start/dpi-01`.
    pub(super) fn about(&self) -> String {
        format!("run/{}/{}", self.run, self.step)
    }

    /// The key under which the log knows it.
    pub(super) async fn key(&self, client: &Client) -> Result<StepKey, Failure> {
        let view = self.view(client).await?;
        if !view.items.iter().any(|item| item.item == self.step) {
            return Err(no_such(self.run, &self.step));
        }
        let (step, item) = self.step.split_once('/').unwrap_or((&self.step, ""));
        let item = ItemRef { step: step.into(), item: item.to_owned() };
        Ok(StepKey { era: view.era, run: self.run, item })
    }

    /// How far it is with the persons that it asks.
    pub(super) async fn said(&self, client: &Client, lang: Lang) -> Option<String> {
        let view = self.view(client).await.ok()?;
        let item = view.items.iter().find(|item| item.item == self.step)?;
        item.said.as_ref().map(|said| run::said(said, lang))
    }

    async fn view(&self, client: &Client) -> Result<RunView, Failure> {
        client.query_now("runs", Some(&self.run.to_string())).await
    }
}

fn no_such(run: RunId, step: &str) -> Failure {
    let number = run.0;
    Failure::new(
        Class::NoSuch,
        both!("{run} has no step `{step}`", "{run} n'a pas d'étape `{step}`"),
    )
    .advising(both!(
        "`bascule run show {number}` lists its steps",
        "`bascule run show {number}` liste ses étapes"
    ))
}
