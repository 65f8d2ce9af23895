//! What all commands that change something have in common.

use std::process::ExitCode;

use model::text::Lang;
use model::time::LogTime;
use model::units::Span;
use serde::Serialize;
use server::query::StatusView;
use state_machine::Command;

use crate::client::{Client, ReachArgs};
use crate::failure::Failure;
use crate::output::{Format, OutputArgs, as_data, print};
use crate::runtime::wait_for;
use crate::words::{Word, orders};

/// What an order brought.
#[derive(Serialize)]
struct Committed<'a> {
    /// What it is about, as `noun/id`.
    about: &'a str,
    /// The command, as in the log.
    command: &'static str,
    /// The index of its entry.
    committed: u64,
    /// What stands now that it is committed.
    #[serde(skip_serializing_if = "Option::is_none")]
    stands: Option<String>,
}

/// Now, by log time, as well as it can be known from outside.
pub(crate) async fn log_now(client: &Client) -> Result<LogTime, Failure> {
    let status: StatusView = client.query("status", None).await?;
    Ok(LogTime(status.log_time_ms).after(Span::from_millis(status.since_last_entry_ms)))
}

/// Has a command committed and says so.
pub(crate) fn give(
    reach: &ReachArgs,
    output: OutputArgs,
    lang: Lang,
    (about, done): (&str, Word),
    command: impl AsyncFnOnce(&Client) -> Result<Command, Failure>,
) -> Result<ExitCode, Failure> {
    give_and_tell(reach, output, lang, (about, done), command, async |_| None)
}

/// Has a command committed, says so, and tells how things stand then. The order holds whether or
/// not that can be read.
pub(crate) fn give_and_tell(
    reach: &ReachArgs,
    output: OutputArgs,
    lang: Lang,
    (about, done): (&str, Word),
    command: impl AsyncFnOnce(&Client) -> Result<Command, Failure>,
    tell: impl AsyncFnOnce(&Client) -> Option<String>,
) -> Result<ExitCode, Failure> {
    wait_for(async {
        let client = Client::open(reach).await?;
        let command = command(&client).await?;
        let committed = client.execute(&command).await?;
        let stands = tell(&client).await;
        let answer = Committed { about, command: command.name(), committed, stands };
        let text = match output.output {
            Format::Json | Format::Yaml => as_data(&answer, output.output)?,
            Format::Name => format!("{about}\n"),
            Format::Table | Format::Wide => {
                let (done, as_entry) = (done.in_lang(lang), orders::COMMITTED.in_lang(lang));
                let stands = answer.stands.map(|stands| format!(": {stands}")).unwrap_or_default();
                format!("{about}: {done} ({as_entry} {committed}){stands}\n")
            }
        };
        print(&text)?;
        Ok(ExitCode::SUCCESS)
    })
}
