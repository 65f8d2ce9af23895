//! `bascule readiness`: whether each single failure is survived now, with an exit code for
//! monitoring.

mod offline;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use model::date::Date;
use model::id::RoomId;
use model::text::Lang;
use planning::readiness::{Level, WhatIf};
use server::readiness::ReadinessView;

use crate::client::{Client, ReachArgs};
use crate::failure::Failure;
use crate::output::{OutputArgs, one, print};
use crate::runtime::wait_for;

/// What the process ends with when nothing is known, also when the command line is not understood:
/// 2 would say that something is red.
pub(crate) const UNKNOWN: u8 = 3;

#[derive(Args)]
#[command(after_help = "Exit codes, as those of a Nagios plugin: 0 green; 1 amber; 2 red; 3 not \
                        known: nobody answers, the proof was made from another estate or policy, a \
                        file can't be used, the command line is not understood.")]
pub(crate) struct ReadinessArgs {
    #[command(flatten)]
    reach: ReachArgs,
    #[command(flatten)]
    output: OutputArgs,
    /// Tell what a change would break, as `host a1 gone` or `vm big-1 added with 4 cpus 64GiB`
    #[arg(long = "if", value_name = "CHANGE")]
    changes: Vec<String>,
    /// Prove this estate without a cluster, every VM at home
    #[arg(long, value_name = "FILE", requires = "runbooks")]
    estate: Option<PathBuf>,
    /// With this policy instead of the shipped one
    #[arg(long, value_name = "FILE", requires = "estate")]
    policy: Option<PathBuf>,
    /// With the runbooks of this folder
    #[arg(long, value_name = "FOLDER", requires = "estate")]
    runbooks: Option<PathBuf>,
    /// As if it were this day: waivers end
    #[arg(long, value_name = "DAY", requires = "estate")]
    on: Option<Date>,
    /// Make the readiness checks of this room here, on this machine
    #[arg(long, value_name = "ROOM", requires = "estate")]
    check: Option<RoomId>,
}

/// `bascule readiness`
pub(super) fn run(args: &ReadinessArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let code = match answer(args, lang) {
        Ok(Some(level)) => match level {
            Level::Green => 0,
            Level::Amber => 1,
            Level::Red => 2,
        },
        Ok(None) => UNKNOWN,
        Err(failure) => {
            // Its own code would mean something else to whoever monitors.
            let _ = failure.show(lang);
            UNKNOWN
        }
    };
    Ok(ExitCode::from(code))
}

/// The level; none where it says nothing of how things stand now.
fn answer(args: &ReadinessArgs, lang: Lang) -> Result<Option<Level>, Failure> {
    let format = args.output.output;
    let changes = args.changes.join("; ");
    if let (Some(estate), Some(runbooks)) = (&args.estate, &args.runbooks) {
        let files = offline::Files { estate, policy: args.policy.as_deref(), runbooks };
        let Some(proving) = offline::read(&files, format, lang)? else { return Ok(None) };
        let proving = proving.on(args.on).looking_at(args.check.as_ref())?;
        return if args.changes.is_empty() {
            let view = proving.prove();
            print(&one(&view, format, lang)?)?;
            Ok(Some(view.readiness.level))
        } else {
            let told = proving.what_if(&changes)?;
            print(&one(&told, format, lang)?)?;
            Ok(Some(told.level()))
        };
    }
    wait_for(async {
        let client = Client::open(&args.reach).await?;
        if args.changes.is_empty() {
            let view: ReadinessView = client.query("readiness", None).await?;
            print(&one(&view, format, lang)?)?;
            Ok((!view.stale).then_some(view.readiness.level))
        } else {
            let told: WhatIf = client.query("readiness-if", Some(&changes)).await?;
            print(&one(&told, format, lang)?)?;
            Ok(Some(told.level()))
        }
    })
}
