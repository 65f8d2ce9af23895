use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use model::text::Lang;
use simulator::{Campaign, Report, Scenario, Site};

use crate::failure::{Class, Failure};
use crate::output::{OutputArgs, Shown, one, print};
use crate::words::simulate as words;

#[derive(Args)]
pub(crate) struct SimulateArgs {
    /// The scenario
    scenario: PathBuf,
    /// The seed of the first run; the others follow it
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// How many runs
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    runs: u64,
    /// How many at the same time; the report does not depend on it
    #[arg(long, value_name = "NUMBER")]
    jobs: Option<NonZeroUsize>,
    /// Write the timeline of each run too, on standard error
    #[arg(long)]
    trace: bool,
    /// Go on after the first violation
    #[arg(long)]
    keep_going: bool,
    /// Put this bug into the code first
    #[cfg(feature = "seeded-bugs")]
    #[arg(long, value_name = "NAME", hide = true, value_parser = bug_named)]
    seed_bug: Option<model::seeded_bug::SeededBug>,
    #[command(flatten)]
    output: OutputArgs,
}

#[cfg(feature = "seeded-bugs")]
fn bug_named(name: &str) -> Result<model::seeded_bug::SeededBug, String> {
    let known = model::seeded_bug::SeededBug::ALL.iter().find(|bug| bug.name() == name);
    known.copied().ok_or_else(|| "there is no such bug".to_owned())
}

impl Shown for Report {
    fn page(&self, lang: Lang, _wide: bool) -> String {
        let speed = if self.wall_s > 0.0 { self.simulated_s / self.wall_s } else { 0.0 };
        let mut page = format!(
            "{}: {} {}, {} {}, {:.0} s {} ({speed:.0} s/s)\n{}: {}\n",
            self.scenario,
            self.runs,
            words::RUNS.in_lang(lang),
            self.violations,
            words::VIOLATIONS.in_lang(lang),
            self.simulated_s,
            words::SIMULATED.in_lang(lang),
            words::DIGEST.in_lang(lang),
            self.digest,
        );
        for (title, counts) in [(words::FAULTS, &self.faults), (words::REACHED, &self.reached)] {
            let counts: Vec<String> =
                counts.iter().map(|(what, count)| format!("{what} {count}")).collect();
            page.push_str(&format!("{}: {}\n", title.in_lang(lang), counts.join(", ")));
        }
        for failure in &self.failures {
            for violation in &failure.violations {
                let property = &violation.property;
                page.push_str(&format!(
                    "{} {property} (+{} ms): {}\n  {}: {}\n",
                    words::VIOLATED.in_lang(lang),
                    violation.at_ms,
                    violation.what,
                    words::REPLAY.in_lang(lang),
                    failure.replay
                ));
            }
        }
        page
    }

    fn name(&self) -> String {
        format!("simulation/{}/{}", self.scenario, self.digest)
    }
}

/// `bascule simulate`
pub(super) fn run(args: &SimulateArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let scenario =
        Scenario::read(&args.scenario).map_err(|error| Failure::of(Class::Input, &error))?;
    let site = Site::read(&scenario).map_err(|error| Failure::of(Class::Input, &error))?;
    #[cfg(feature = "seeded-bugs")]
    model::seeded_bug::choose(args.seed_bug);
    let processors = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let campaign = Campaign {
        file: args.scenario.clone(),
        seed: args.seed,
        runs: args.runs,
        jobs: args.jobs.unwrap_or(processors),
        trace: args.trace,
        stop_at_first: !args.keep_going,
    };
    let report = campaign.run(&site, &scenario);
    for (seed, timeline) in &report.timelines {
        eprintln!("seed {seed}\n{timeline}");
    }
    print(&one(&report, args.output.output, lang)?)?;
    let code = if report.violations == 0 { 0 } else { Class::NotInOrder.exit_code() };
    Ok(ExitCode::from(code))
}
