use std::path::PathBuf;
use std::process::ExitCode;

use audit::bundle::{ExportError, Kind, export_run};
use clap::Args;
use model::id::RunId;
use model::text::Lang;
use serde::Serialize;

use crate::client::{Client, ReachArgs};
use crate::commands::bundle_folder::{SignedLog, write};
use crate::failure::{Class, Failure};
use crate::output::{Format, OutputArgs, as_data, print};
use crate::runtime::wait_for;
use crate::words::audit as words;

#[derive(Args)]
pub(crate) struct ExportArgs {
    /// Only this run, each of its entries with its proof
    #[arg(long, value_name = "RUN", value_parser = crate::commands::run_id)]
    run: Option<RunId>,
    /// The folder to write, new or empty
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    #[command(flatten)]
    reach: ReachArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Serialize)]
struct Exported<'a> {
    path: &'a PathBuf,
    kind: Kind,
    leaves: usize,
}

/// `bascule audit export`
pub(super) fn run(args: &ExportArgs, lang: Lang) -> Result<ExitCode, Failure> {
    wait_for(async {
        let client = Client::open(&args.reach).await?;
        let log = SignedLog::fetch(&client).await?;
        let (kind, files) = match args.run {
            None => (Kind::Log, log.bundle()),
            Some(run) => (Kind::Run, export_run(&log.head(), &log.leaves, run)),
        };
        let files = files.map_err(|error| no_bundle(&error))?;
        write(&args.to, &files)?;
        let path = args.to.display();
        let text = match args.output.output {
            format @ (Format::Json | Format::Yaml) => {
                as_data(&Exported { path: &args.to, kind, leaves: log.leaves.len() }, format)?
            }
            Format::Name => format!("{path}\n"),
            Format::Table | Format::Wide => format!(
                "{} {}, {} {path}; {}: bascule audit verify {path}\n",
                log.leaves.len(),
                words::LEAVES.in_lang(lang),
                words::EXPORTED.in_lang(lang),
                words::VERIFY_WITH.in_lang(lang),
            ),
        };
        print(&text)?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Why there is none.
pub(in crate::commands) fn no_bundle(error: &ExportError) -> Failure {
    let class = match error {
        ExportError::NoSuchRun { .. } => Class::NoSuch,
        ExportError::Leaves(_) => Class::Rejected,
        ExportError::Checkpoint(_) | ExportError::Root { .. } | ExportError::OlderEra { .. } => {
            Class::NotInOrder
        }
    };
    Failure::of(class, error)
}
