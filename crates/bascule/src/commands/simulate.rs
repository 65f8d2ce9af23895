mod rehearsal;

use std::io::{IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use model::text::{Lang, Text};
use simulator::{
    Belongs, Breaks, Campaign, Fault, Kept, Minimal, Mix, Progress, Rehearsal, Report, Tracing,
    Violation,
};

use crate::failure::{Class, Failure};
use crate::output::{OutputArgs, Shown, one, print};
use crate::words::simulate as words;

/// A campaign that is over before this says nothing on its way.
const SILENT: Duration = Duration::from_secs(2);
/// How often the line of progress is written on a terminal, and elsewhere.
const OFTEN: Duration = Duration::from_millis(500);
const SELDOM: Duration = Duration::from_secs(10);

/// Which events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TraceLevel {
    /// What tells a reader something new
    Timeline,
    /// Everything, each message too
    Everything,
}

#[derive(Args)]
#[command(after_help = "Exit codes: 0 every property held; 11 safety was violated, 12 liveness, \
                        13 the program panicked (the worst of them, in the order 11, 13, 12); 2 the \
                        command line is not understood; 3 a file can't be read or used.")]
pub(crate) struct SimulateArgs {
    /// The scenario, or a mix of several
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
    /// Keep outcomes in this file, and go on from those that it holds
    #[arg(long, value_name = "FILE", conflicts_with = "trace")]
    resume: Option<PathBuf>,
    /// These faults instead of drawn ones: a file, or `room-loss(a)@12s+30s cut-one-way(a,b)@14s+3s`
    #[arg(long, value_name = "FAULTS")]
    faults: Option<String>,
    /// In how many runs at most the faults of a failing run are shrunk; 0: not at all
    #[arg(long, value_name = "NUMBER", default_value_t = 60)]
    shrink: u32,
    /// Write the timeline of each run too, on standard error
    #[arg(
        long,
        value_name = "LEVEL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "timeline"
    )]
    trace: Option<TraceLevel>,
    /// Write the timeline to this file instead
    #[arg(long, value_name = "FILE", requires = "trace")]
    trace_to: Option<PathBuf>,
    /// Go on after the first violation
    #[arg(long)]
    keep_going: bool,
    /// Look at this property, or at those of this rule (`S1`), only; may be given several times
    #[arg(long, value_name = "NAME", value_parser = property_named)]
    property: Vec<String>,
    /// Put this bug into the code first
    #[cfg(feature = "seeded-bugs")]
    #[arg(long, value_name = "NAME", hide = true, value_parser = bug_named)]
    seed_bug: Option<model::seeded_bug::SeededBug>,
    /// Show how far it is even where standard error is no terminal
    #[arg(long)]
    progress: bool,
    #[command(flatten)]
    output: OutputArgs,
}

fn property_named(name: &str) -> Result<String, String> {
    let known = simulator::properties();
    if known.iter().any(|property| simulator::is_property_of(name, property)) {
        Ok(name.to_owned())
    } else {
        Err(format!("there is no such property; there are: {}", known.join(", ")))
    }
}

#[cfg(feature = "seeded-bugs")]
fn bug_named(name: &str) -> Result<model::seeded_bug::SeededBug, String> {
    let known = model::seeded_bug::SeededBug::ALL.iter().find(|bug| bug.name() == name);
    known.copied().ok_or_else(|| "there is no such bug".to_owned())
}

fn violated(violation: &Violation, lang: Lang) -> String {
    let Violation { property, breaks, at_ms, what } = violation;
    let breaks = match breaks {
        Breaks::Safety => words::SAFETY,
        Breaks::Liveness => words::LIVENESS,
        Breaks::Panic => words::PANIC,
    };
    let (title, breaks) = (words::VIOLATED.in_lang(lang), breaks.in_lang(lang));
    format!("{title} {property} ({breaks}, +{at_ms} ms): {what}\n")
}

fn shrunk(minimal: &Minimal, lang: Lang) -> String {
    let Minimal { faults, of, runs, complete, replay } = minimal;
    let title = if *complete { words::MINIMAL } else { words::SMALLER };
    let (title, count) = (title.in_lang(lang), faults.len());
    let (after, of_all) = (words::AFTER_RUNS.in_lang(lang), words::OF.in_lang(lang));
    let mut text = format!("  {title}: {count} {of_all} {of} ({after} {runs})\n");
    for struck in faults {
        let what = struck.what.as_deref().unwrap_or(words::HIT_NOTHING.in_lang(lang));
        text.push_str(&format!("    {}  # {what}\n", struck.fault));
    }
    text.push_str(&format!("    {}: {replay}\n", words::REPLAY.in_lang(lang)));
    text
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
                page.push_str(&violated(violation, lang));
            }
            let seed = failure.seed;
            page.push_str(&format!("  {} {seed}\n", words::SEED.in_lang(lang)));
            page.push_str(&format!("  {}: {}\n", words::REPLAY.in_lang(lang), failure.replay));
            if let Some(minimal) = &failure.minimal {
                page.push_str(&shrunk(minimal, lang));
            }
        }
        page
    }

    fn name(&self) -> String {
        format!("simulation/{}/{}", self.scenario, self.digest)
    }
}

/// The list: of the file of that name if there is one, else as written.
fn faults_of(given: &str) -> Result<Vec<Fault>, Failure> {
    let path = Path::new(given);
    let text = if path.is_file() {
        std::fs::read_to_string(path).map_err(|error| {
            let happened = format!("cannot read {}: {error}", path.display());
            Failure::new(Class::Input, Text::Same(happened))
        })?
    } else {
        given.to_owned()
    };
    simulator::parse_list(&text).map_err(|error| Failure::of(Class::Input, &error))
}

/// The line that tells how far a campaign is.
pub(crate) struct Telling {
    begun: Instant,
    last: Mutex<Option<Instant>>,
    lang: Lang,
    shown: bool,
    terminal: bool,
}

impl Telling {
    pub(crate) fn new(asked: bool, lang: Lang) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let (begun, shown) = (Instant::now(), asked || terminal);
        Self { begun, last: Mutex::new(None), lang, shown, terminal }
    }

    pub(crate) fn tell(&self, progress: Progress) {
        let passed = self.begun.elapsed();
        if !self.shown || passed < SILENT {
            return;
        }
        let Ok(mut last) = self.last.lock() else { return };
        let every = if self.terminal { OFTEN } else { SELDOM };
        if last.is_some_and(|last| last.elapsed() < every) && progress.done < progress.of {
            return;
        }
        *last = Some(Instant::now());
        let line = progress_line(progress, passed, self.lang);
        let (begin, end) = if self.terminal { ("\r\x1b[K", "") } else { ("", "\n") };
        let mut stderr = std::io::stderr().lock();
        // Nobody reads it: the campaign matters, the line does not.
        let _ = write!(stderr, "{begin}{line}{end}").and_then(|()| stderr.flush());
    }

    pub(crate) fn end(&self) {
        if self.terminal && self.last.lock().is_ok_and(|last| last.is_some()) {
            eprintln!();
        }
    }
}

fn progress_line(progress: Progress, passed: Duration, lang: Lang) -> String {
    let Progress { done, of, failures } = progress;
    let left = passed.as_secs_f64() / (done.max(1) as f64) * (of.saturating_sub(done) as f64);
    let (minutes, seconds) = ((left / 60.0) as u64, (left % 60.0) as u64);
    format!(
        "{done}/{of} {}, {failures} {}, {} {minutes} min {seconds:02} s",
        words::RUNS.in_lang(lang),
        words::VIOLATIONS.in_lang(lang),
        words::LEFT.in_lang(lang),
    )
}

/// Where the timelines go.
fn write_timelines(report: &Report, to: Option<&Path>) -> Result<(), Failure> {
    let mut text = String::new();
    for (seed, timeline) in &report.timelines {
        text.push_str(&format!("seed {seed}\n{timeline}\n"));
    }
    write_text(&text, to)
}

fn write_text(text: &str, to: Option<&Path>) -> Result<(), Failure> {
    match to {
        None => eprint!("{text}"),
        Some(path) => std::fs::write(path, text).map_err(|error| {
            let happened = format!("cannot write the timeline to {}: {error}", path.display());
            Failure::new(Class::Input, Text::Same(happened))
        })?,
    }
    Ok(())
}

fn class_of(breaks: Breaks) -> Class {
    match breaks {
        Breaks::Safety => Class::SafetyViolated,
        Breaks::Liveness => Class::LivenessViolated,
        Breaks::Panic => Class::Panicked,
    }
}

/// `bascule simulate`
pub(super) fn run(args: &SimulateArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let text = std::fs::read_to_string(&args.scenario).unwrap_or_default();
    if Rehearsal::is_one(&text) {
        return rehearsal::run(args, lang);
    }
    // One that can't be read says so here.
    let mut mix = Mix::read(&args.scenario).map_err(|error| Failure::of(Class::Input, &error))?;
    mix.look_only_at(&args.property);
    #[cfg(feature = "seeded-bugs")]
    model::seeded_bug::choose(args.seed_bug);
    #[cfg(feature = "seeded-bugs")]
    let bug = args.seed_bug.map_or("", |bug| bug.name());
    #[cfg(not(feature = "seeded-bugs"))]
    let bug = "";
    let processors = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let campaign = Campaign {
        tracing: match args.trace {
            None => Tracing::Hash,
            Some(TraceLevel::Timeline) => Tracing::Timeline,
            Some(TraceLevel::Everything) => Tracing::Everything,
        },
        stop_at_first: !args.keep_going,
        faults: args.faults.as_deref().map(faults_of).transpose()?,
        shrink: args.shrink,
        ..Campaign::new(
            args.scenario.clone(),
            args.seed,
            args.runs,
            args.jobs.unwrap_or(processors),
        )
    };
    let looks = format!("{bug} {}", args.property.join(" "));
    let open = |path| open_kept(path, &campaign, &mix, &looks);
    let kept = args.resume.as_deref().map(open).transpose()?;
    let telling = Telling::new(args.progress, lang);
    let report = campaign.run_watched(&mix, kept.as_ref(), &|now| telling.tell(now));
    telling.end();
    let report = report.map_err(|error| Failure::of(Class::Input, &error))?;
    write_timelines(&report, args.trace_to.as_deref())?;
    print(&one(&report, args.output.output, lang)?)?;
    Ok(ExitCode::from(report.broke.map_or(0, |broke| class_of(broke).exit_code())))
}

fn open_kept(path: &Path, campaign: &Campaign, mix: &Mix, looks: &str) -> Result<Kept, Failure> {
    let build = Belongs::this_build().map_err(|error| {
        let happened = format!("cannot read this program's own file: {error}");
        Failure::new(Class::Internal, Text::Same(happened))
    })?;
    // With a bug put into it, it is another program; so it is if it looks at less.
    let belongs = campaign.belongs(mix, build + looks);
    Kept::open(path, &belongs).map_err(|error| Failure::of(Class::Input, &error))
}
