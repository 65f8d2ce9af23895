use std::path::PathBuf;
use std::process::ExitCode;

use ::lab::demo::{DEFAULT_TIME_SCALE, FAST_TIME_SCALE, Fault, Inject, Options};
use ::lab::fabric::Cut;
use clap::{Args, ValueEnum};
use model::text::Lang;
use model::units::Span;

use crate::failure::{Class, Failure};
use crate::output::{Format, OutputArgs};
use crate::runtime;

/// What may be cut.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum CutArg {
    /// One of two redundant links
    Path,
    /// The network between the production rooms
    Lan,
    /// Every link of the last-resort room
    C,
    /// Network and storage between the production rooms
    All,
}

/// What may be seeded.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum InjectArg {
    /// A VM is started twice, past every guard
    DoubleStart,
}

#[derive(Args)]
#[group(id = "fault", multiple = false)]
struct FaultArgs {
    /// A room loses its power (a, if none is named); this is the default
    #[arg(long, value_name = "ROOM", num_args = 0..=1)]
    room: Option<Option<String>>,
    /// A host loses its power (the first, if none is named)
    #[arg(long, value_name = "HOST", num_args = 0..=1)]
    host: Option<Option<String>>,
    /// An array fails (the first, if none is named)
    #[arg(long, value_name = "ARRAY", num_args = 0..=1)]
    array: Option<Option<String>>,
    /// Links are cut
    #[arg(long, value_enum, value_name = "LINKS")]
    cut: Option<CutArg>,
    /// All links between rooms are silent for so many seconds
    #[arg(long, value_name = "SECONDS")]
    silence: Option<u64>,
    /// All controllers are killed and come back after so many seconds
    #[arg(long, value_name = "SECONDS")]
    controllers: Option<u64>,
}

#[derive(Args)]
pub(crate) struct DemoArgs {
    #[command(flatten)]
    fault: FaultArgs,
    /// With --silence: the hosts' watchdogs are not armed
    #[arg(long, requires = "silence")]
    unarmed: bool,
    /// With --controllers: agents of different rooms do not reach each other meanwhile
    #[arg(long, requires = "controllers")]
    apart: bool,
    /// Compress the estate's boot times as far as for scripts
    #[arg(long)]
    fast: bool,
    /// Divide the estate's boot times by this
    #[arg(long, value_name = "NUMBER", conflicts_with = "fast", value_parser = clap::value_parser!(u32).range(1..))]
    time_scale: Option<u32>,
    /// Seed a bug, to see that what counts does count
    #[arg(long, value_enum, value_name = "BUG")]
    inject: Option<InjectArg>,
    /// Another estate than the clinic
    #[arg(long, value_name = "FILE")]
    estate: Option<PathBuf>,
    /// Another policy than the shipped one
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Keep everything that rooms and controllers wrote
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// `bascule demo`
pub(super) fn run(args: &DemoArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let time_scale = match (args.fast, args.time_scale) {
        (true, _) => FAST_TIME_SCALE,
        (false, Some(scale)) => scale,
        (false, None) => DEFAULT_TIME_SCALE,
    };
    let options = Options {
        fault: fault(&args.fault, args.unarmed, args.apart),
        time_scale,
        inject: args.inject.map(|InjectArg::DoubleStart| Inject::DoubleStart),
        estate: args.estate.clone(),
        policy: args.policy.clone(),
        keep: args.keep,
        json: args.output.output == Format::Json,
        lang,
    };
    let code = runtime::run_node(async { Ok(::lab::demo::run(&options).await) })?;
    // It tells its own outcome; only its code for "could not be played" is that of usage errors.
    Ok(ExitCode::from(match code {
        0 | 1 => code,
        _ => Class::Internal.exit_code(),
    }))
}

fn fault(args: &FaultArgs, unarmed: bool, apart: bool) -> Fault {
    if let Some(host) = &args.host {
        Fault::Host(host.as_deref().map(Into::into))
    } else if let Some(array) = &args.array {
        Fault::Array(array.as_deref().map(Into::into))
    } else if let Some(cut) = args.cut {
        Fault::Cut(match cut {
            CutArg::Path => Cut::Path,
            CutArg::Lan => Cut::Lan,
            CutArg::C => Cut::LastResort,
            CutArg::All => Cut::All,
        })
    } else if let Some(seconds) = args.silence {
        Fault::Silence { lasts: Span::from_secs(seconds).to_std(), armed: !unarmed }
    } else if let Some(seconds) = args.controllers {
        Fault::Controllers { lasts: Span::from_secs(seconds).to_std(), apart }
    } else {
        Fault::Room(args.room.clone().flatten().map(Into::into))
    }
}
