use std::process::ExitCode;

use audit::LeafSummary;
use clap::Args;
use model::text::Lang;
use server::query::AuditHead;

use crate::client::{Client, ReachArgs, status_failure};
use crate::failure::{Class, Failure};
use crate::output::{Format, Listed, OutputArgs, line, list, print};
use crate::runtime::wait_for;
use crate::words::both;

#[derive(Args)]
pub(crate) struct TailArgs {
    /// How many entries
    #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = 20)]
    lines: u64,
    /// Go on with each new entry until it is interrupted
    #[arg(short, long)]
    follow: bool,
    #[command(flatten)]
    reach: ReachArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// `bascule audit tail`
pub(super) fn run(args: &TailArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let format = args.output.output;
    wait_for(async {
        let client = Client::open(&args.reach).await?;
        let head: AuditHead = client.query("audit-head", None).await?;
        let from = head.size.saturating_sub(args.lines);
        let mut last = Vec::new();
        let mut leaves = client.leaves(from, head.size - from, false).await?;
        while let Some(chunk) = leaves.message().await.map_err(|status| status_failure(&status))? {
            last.push(read(chunk.index, &chunk.leaf)?);
        }
        if !args.follow {
            print(&list(&last, format, lang)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        for leaf in &last {
            line(&row(leaf, format, lang)?)?;
        }
        let mut leaves = client.leaves(head.size, 0, true).await?;
        while let Some(chunk) = leaves.message().await.map_err(|status| status_failure(&status))? {
            if !line(&row(&read(chunk.index, &chunk.leaf)?, format, lang)?)? {
                return Ok(ExitCode::SUCCESS);
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn read(index: u64, leaf: &[u8]) -> Result<LeafSummary, Failure> {
    LeafSummary::read(leaf).ok_or_else(|| {
        Failure::new(
            Class::NotInOrder,
            both!(
                "entry {index} as this controller stores it is no leaf: its disk or its log is damaged",
                "l'entrée {index} telle que ce contrôleur la conserve n'est pas une feuille : son disque ou son journal est abîmé",
            ),
        )
    })
}

/// One leaf on one line: a table that grows has no widths to align to but its own.
fn row(leaf: &LeafSummary, format: Format, lang: Lang) -> Result<String, Failure> {
    match format {
        Format::Json | Format::Yaml => {
            serde_json::to_string(leaf).map_err(|error| Failure::of(Class::Internal, &error))
        }
        Format::Name => Ok(leaf.name()),
        Format::Table | Format::Wide => {
            let mut cells = leaf.cells(lang).into_iter();
            let widths = [7, 14, 24, 20];
            let mut text: Vec<String> = widths
                .into_iter()
                .zip(cells.by_ref())
                .map(|(w, cell)| format!("{cell:<w$}"))
                .collect();
            text.extend(cells);
            Ok(text.join("  "))
        }
    }
}
