use std::path::PathBuf;
use std::process::ExitCode;

use audit::bundle::{Files, Kind, MANIFEST, Manifest, export_run, run_of_log};
use audit::run_log::{RunLog, render, run_log};
use audit::verify::Trust;
use clap::Args;
use model::id::RunId;
use model::text::Lang;

use crate::client::{Client, ReachArgs};
use crate::commands::audit::no_bundle;
use crate::commands::bundle_folder::{SignedLog, read, trust};
use crate::failure::{Class, Failure};
use crate::output::{OutputArgs, Shown, one, print};
use crate::runtime::wait_for;
use crate::words::both;

#[derive(Args)]
pub(crate) struct LogArgs {
    /// The run
    #[arg(value_parser = crate::commands::run_id)]
    run: RunId,
    /// From this bundle alone, without the cluster
    #[arg(long, value_name = "FOLDER")]
    bundle: Option<PathBuf>,
    /// The rooms' public keys from a source of your own, one a line
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    #[command(flatten)]
    reach: ReachArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl Shown for RunLog {
    fn page(&self, lang: Lang, _wide: bool) -> String {
        render(self, lang)
    }

    fn name(&self) -> String {
        format!("run/{}", self.run)
    }
}

/// `bascule run log`
pub(super) fn run(args: &LogArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let files = match &args.bundle {
        Some(folder) => of_run(read(folder)?, args.run)?,
        None => of_cluster(args)?,
    };
    let trust: Trust = trust(args.keys.as_ref(), None)?;
    let log = run_log(&files, &trust).map_err(|error| Failure::of(Class::NotInOrder, &error))?;
    if log.run != args.run {
        let (found, asked) = (log.run, args.run);
        return Err(Failure::new(
            Class::NoSuch,
            both!(
                "the bundle holds {found}, not {asked}",
                "le dossier contient {found}, pas {asked}",
            ),
        ));
    }
    print(&one(&log, args.output.output, lang)?)?;
    let code = if log.is_proved() { 0 } else { Class::NotInOrder.exit_code() };
    Ok(ExitCode::from(code))
}

/// A bundle of a whole log holds the run too.
fn of_run(files: Files, run: RunId) -> Result<Files, Failure> {
    let manifest = files.get(MANIFEST).and_then(|bytes| Manifest::from_bytes(bytes));
    match manifest.map(|manifest| manifest.kind) {
        Some(Kind::Log) => {
            run_of_log(&files, run).map_err(|error| Failure::of(Class::NotInOrder, &error))
        }
        // What it is not, the reader of the run's log says better.
        Some(Kind::Run) | None => Ok(files),
    }
}

fn of_cluster(args: &LogArgs) -> Result<Files, Failure> {
    wait_for(async {
        let client = Client::open(&args.reach).await?;
        let log = SignedLog::fetch(&client).await?;
        export_run(&log.head(), &log.leaves, args.run).map_err(|error| no_bundle(&error))
    })
}
