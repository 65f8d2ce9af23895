//! What all commands that read have in common: whom to ask, the form of the answer, `--watch`.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use model::text::Lang;
use serde::de::DeserializeOwned;

use crate::client::{Client, ReachArgs};
use crate::failure::Failure;
use crate::output::{self, Format, Listed, OutputArgs, Shown};
use crate::runtime::wait_for;

/// How often `--watch` asks.
const EVERY: Duration = Duration::from_secs(1);

/// The arguments of a command that lists.
#[derive(Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) reach: ReachArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Ask again every second until it is interrupted
    #[arg(long)]
    pub(crate) watch: bool,
}

/// The arguments of a command that shows one thing.
#[derive(Args)]
pub(crate) struct ShowArgs {
    /// Its id, as the list shows it
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) rest: ListArgs,
}

/// Lists all of a kind.
pub(crate) fn list<T: Listed + DeserializeOwned>(
    kind: &str,
    args: &ListArgs,
    lang: Lang,
) -> Result<ExitCode, Failure> {
    let format = args.output.output;
    ask(args, lang, async |client: &Client| {
        output::list(&client.query::<Vec<T>>(kind, None).await?, format, lang)
    })
}

/// Shows one of a kind.
pub(crate) fn show<T: Shown + DeserializeOwned>(
    kind: &str,
    id: Option<&str>,
    args: &ListArgs,
    lang: Lang,
) -> Result<ExitCode, Failure> {
    let format = args.output.output;
    ask(args, lang, async |client: &Client| {
        output::one(&client.query::<T>(kind, id).await?, format, lang)
    })
}

/// `12` and `incident-12` name the same thing.
pub(crate) fn numbered(prefix: &str, id: &str) -> String {
    if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("{prefix}-{id}")
    } else {
        id.to_owned()
    }
}

fn ask(
    args: &ListArgs,
    lang: Lang,
    question: impl AsyncFn(&Client) -> Result<String, Failure>,
) -> Result<ExitCode, Failure> {
    wait_for(async {
        let client = Client::open(&args.reach).await?;
        if !args.watch {
            output::print(&question(&client).await?)?;
            return Ok(ExitCode::SUCCESS);
        }
        let json = args.output.output == Format::Json;
        let clear = !json && std::io::stdout().is_terminal();
        let mut again = tokio::time::interval(EVERY);
        loop {
            again.tick().await;
            let text = match question(&client).await {
                Ok(text) if json => one_line(&text),
                Ok(text) => text,
                // Who watches wants to see the cluster come back.
                Err(failure) if clear => failure.in_words(lang),
                Err(failure) => return Err(failure),
            };
            let text = if clear { format!("\x1b[2J\x1b[H{text}") } else { text };
            if !output::line(text.trim_end_matches('\n'))? {
                return Ok(ExitCode::SUCCESS);
            }
        }
    })
}

/// One JSON document a line, for programs that read as it comes.
fn one_line(json: &str) -> String {
    serde_json::from_str::<serde_json::Value>(json)
        .map_or_else(|_| json.to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_number_is_enough_to_name_an_incident() {
        assert_eq!(numbered("incident", "12"), "incident-12");
        assert_eq!(numbered("incident", "incident-12"), "incident-12");
        assert_eq!(numbered("run", ""), "");
    }
}
