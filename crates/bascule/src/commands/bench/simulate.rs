use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use ::lab::bench::simulate::{Measured, Options, run as measure};
use clap::Args;
use model::text::Lang;
use model::units::Span;

use crate::commands::simulate::Telling;
use crate::failure::{Class, Failure};
use crate::output::{OutputArgs, Shown, Table, always, one, print};
use crate::words::bench as words;

#[derive(Args)]
pub(crate) struct SimulateArgs {
    /// The rehearsal
    #[arg(default_value = "simulations/room-loss.yaml")]
    rehearsal: PathBuf,
    /// The seed of the first run
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// How many runs
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000)]
    runs: u64,
    /// How many at the same time
    #[arg(long, value_name = "NUMBER")]
    jobs: Option<NonZeroUsize>,
    /// How long SimPy plays
    #[arg(long, value_name = "SPAN", default_value = "20s")]
    peer_time: Span,
    /// Measure without SimPy
    #[arg(long)]
    no_peer: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// `bascule bench simulate`
pub(super) fn run(args: &SimulateArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let processors = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let options = Options {
        file: args.rehearsal.clone(),
        seed: args.seed,
        runs: args.runs,
        jobs: args.jobs.unwrap_or(processors),
        peer: (!args.no_peer).then(|| args.peer_time.to_std()),
        lang,
    };
    let telling = Telling::new(true, lang);
    let measured = measure(&options, &mut |now| eprintln!("{now}"), &|now| telling.tell(now));
    telling.end();
    let measured = measured.map_err(|error| Failure::of(Class::Input, &error))?;
    print(&one(&measured, args.output.output, lang)?)?;
    Ok(ExitCode::SUCCESS)
}

impl Shown for Measured {
    fn page(&self, lang: Lang, _wide: bool) -> String {
        let mut table = Table::new(vec![
            always(words::BY),
            always(words::RUNS),
            always(words::SECONDS),
            always(words::RUNS_A_SECOND),
            always(words::HALF_RECOVER),
        ]);
        let seconds = |seconds: Option<f64>| {
            seconds.map_or_else(|| "-".to_owned(), |seconds| format!("{seconds:.0} s"))
        };
        table.row(vec![
            "bascule".to_owned(),
            self.runs.to_string(),
            format!("{:.1} s", self.wall_s),
            format!("{:.1}", self.runs_per_s_and_job),
            seconds(self.rto_s.p50),
        ]);
        if let Some(peer) = &self.peer {
            table.row(vec![
                format!("SimPy {}", peer.simpy),
                peer.runs.to_string(),
                format!("{:.1} s", peer.wall_s),
                format!("{:.1}", peer.runs_per_s),
                seconds(Some(peer.p50_s)),
            ]);
        }
        let mut page = table.draw(lang, false);
        if let Some(absent) = &self.peer_absent {
            page.push_str(&format!("{absent}\n"));
        }
        if let Some(ratio) = self.ratio {
            page.push_str(&format!("{}: {ratio:.1}\n", words::RATIO.in_lang(lang)));
        }
        page.push_str(&format!(
            "{}: {:.0} ({} {})\n",
            words::TRANSITIONS.in_lang(lang),
            self.transitions_mean,
            words::AT_LEAST.in_lang(lang),
            self.transitions_min,
        ));
        page
    }

    fn name(&self) -> String {
        format!("bench/simulate/{}", self.scenario)
    }
}
