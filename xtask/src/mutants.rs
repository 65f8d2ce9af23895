//! Mutations: each seeded bug must be caught by the checker of its own rule, and the unmutated
//! control must be silent on the same seeds. A panic counts apart and catches nothing; a bug that
//! every seed catches is too easy and does not count.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use clap::{Args, ValueEnum};
use model::seeded_bug::SeededBug;
use serde::Serialize;
use serde_json::Value;

use crate::step::{self, Failure};

/// The first seed.
const FIRST: u64 = 1;
/// Runs of the first slice; each following one is twice as long, up to the last.
const FIRST_SLICE: u64 = 4;
const LONGEST_SLICE: u64 = 32;
/// What the short form tries: one bug each of starts, fences, storage, the log, consensus, reads.
const SHORT: &[SeededBug] = &[
    SeededBug::DoneFromExitCode,
    SeededBug::FenceBeforeCommit,
    SeededBug::PowerReadOnce,
    SeededBug::LeafDropped,
    SeededBug::UnorderedMap,
    SeededBug::BootNotCompared,
];
/// The checkers of the log itself; the others carry the name of their rule.
const LOG_CHECKERS: &[&str] = &[
    "one-leader-per-term",
    "prefixes-agree",
    "acknowledged-kept",
    "reads-linearizable",
    "linearizable",
    "audit-roots-equal",
    "states-agree",
];

#[derive(Args)]
pub(crate) struct MutantsArgs {
    /// Only this bug
    #[arg(long, value_name = "NAME")]
    bug: Option<String>,
    /// At most so many seeds for each bug
    #[arg(long, value_name = "NUMBER", default_value_t = 200)]
    seeds: u64,
    /// Runs at the same time
    #[arg(long, value_name = "NUMBER", default_value_t = 2)]
    jobs: u64,
    /// A few bugs, in the development build
    #[arg(long)]
    short: bool,
    /// An executable with seeded bugs that is built already
    #[arg(long, value_name = "FILE", conflicts_with = "short")]
    executable: Option<PathBuf>,
    /// How the table is printed
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    output: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
}

/// One line of the table.
#[derive(Serialize)]
struct Row {
    bug: &'static str,
    property: &'static str,
    /// The checker that caught it first.
    checker: Option<String>,
    seeds_caught: u64,
    seeds_run: u64,
    /// In how many of the same seeds the unmutated build violates anything.
    control: u64,
    /// Seeds that ended in a panic.
    panics: u64,
    scenario: &'static str,
    counts: bool,
}

/// What a slice of seeds came to: the properties violated, by seed.
type Seeds = BTreeMap<u64, Vec<String>>;

struct Simulator {
    binary: PathBuf,
    jobs: u64,
}

impl Simulator {
    fn build(short: bool, jobs: u64) -> Result<Self, Failure> {
        let target = step::target_folder();
        let own = target.join("mutants");
        // The short form reuses what the development build has compiled, and leaves it as it was:
        // its executable is taken aside.
        let folder = if short { target } else { own.clone() };
        let (profile, built) = if short { ("dev", "debug") } else { ("sim", "sim") };
        let mut command = step::command("cargo", &["build", "--package", "bascule"]);
        command.args(["--features", "seeded-bugs", "--profile", profile, "--target-dir"]);
        command.arg(&folder);
        if !short {
            command.arg("--no-default-features");
        }
        // Standard output is the table's.
        command.stdout(Stdio::null());
        let status = command.status().map_err(|error| Failure(format!("build: {error}")))?;
        if !status.success() {
            return Err(Failure(format!("the build with seeded bugs ended with {status}")));
        }
        let aside = own.join(format!("bascule-{profile}"));
        let taken = std::fs::create_dir_all(&own)
            .and_then(|()| std::fs::copy(folder.join(built).join("bascule"), &aside));
        taken.map_err(|error| Failure(format!("cannot write {}: {error}", aside.display())))?;
        Ok(Self { binary: aside, jobs })
    }

    /// Runs seeds of a scenario, with a bug or without.
    fn run(
        &self,
        scenario: &str,
        bug: Option<SeededBug>,
        first: u64,
        runs: u64,
    ) -> Result<Seeds, Failure> {
        let mut command = Command::new(&self.binary);
        command.current_dir(step::repository()).stdin(Stdio::null()).stderr(Stdio::null());
        command.arg("simulate").arg(format!("simulations/{scenario}")).args([
            "--keep-going",
            "--shrink",
            "0",
        ]);
        command.args(["-o", "json"]);
        for (name, value) in [("--seed", first), ("--runs", runs), ("--jobs", self.jobs)] {
            command.args([name, &value.to_string()]);
        }
        if let Some(bug) = bug {
            command.args(["--seed-bug", bug.name()]);
            // Only its own checkers look: a run ends at its first violation, and what another
            // checker finds first would hide whether they find it.
            for property in properties_of(bug.rule()) {
                command.args(["--property", property]);
            }
        }
        let output = command
            .output()
            .map_err(|error| Failure(format!("cannot start {}: {error}", self.binary.display())))?;
        let shown: Value = serde_json::from_slice(&output.stdout).map_err(|error| {
            let code = output.status;
            Failure(format!("{scenario} with {bug:?}: no JSON ({error}); it ended with {code}"))
        })?;
        let mut seeds: Seeds = (first..first + runs).map(|seed| (seed, Vec::new())).collect();
        for failure in shown["failures"].as_array().into_iter().flatten() {
            let Some(of) = failure["seed"].as_u64().and_then(|seed| seeds.get_mut(&seed)) else {
                continue;
            };
            let violations = failure["violations"].as_array().into_iter().flatten();
            of.extend(violations.filter_map(|one| one["property"].as_str().map(str::to_owned)));
        }
        Ok(seeds)
    }
}

/// The properties of a rule, as `--property` takes them.
fn properties_of(rule: &'static str) -> Vec<&'static str> {
    if rule == "log" { LOG_CHECKERS.to_vec() } else { vec![rule] }
}

/// Whether a checker is one of this rule.
fn is_of(rule: &str, checker: &str) -> bool {
    match rule {
        "log" => LOG_CHECKERS.contains(&checker),
        _ => checker.strip_prefix(rule).is_some_and(|rest| rest.starts_with('-')),
    }
}

fn row(bug: SeededBug, seeds: &Seeds) -> Row {
    let own = |said: &Vec<String>| said.iter().find(|checker| is_of(bug.rule(), checker)).cloned();
    let panicked = |said: &&Vec<String>| said.iter().any(|checker| checker == "panic");
    let count = |of: usize| u64::try_from(of).unwrap_or(u64::MAX);
    let caught: Vec<String> = seeds.values().filter_map(own).collect();
    let seeds_caught = count(caught.len());
    Row {
        bug: bug.name(),
        property: bug.rule(),
        checker: caught.into_iter().next(),
        seeds_caught,
        seeds_run: count(seeds.len()),
        control: 0,
        panics: count(seeds.values().filter(panicked).count()),
        scenario: bug.scenario(),
        counts: false,
    }
}

/// Seeds in slices, until some have caught the bug and some have not.
fn hunt(simulator: &Simulator, bug: SeededBug, most: u64) -> Result<Row, Failure> {
    let (mut seeds, mut slice) = (Seeds::new(), FIRST_SLICE);
    loop {
        let done = u64::try_from(seeds.len()).unwrap_or(u64::MAX);
        let now = slice.min(most.saturating_sub(done));
        seeds.append(&mut simulator.run(bug.scenario(), Some(bug), FIRST + done, now)?);
        let row = row(bug, &seeds);
        let both = row.seeds_caught > 0 && row.seeds_caught < row.seeds_run;
        if both || row.seeds_run >= most {
            return Ok(row);
        }
        slice = (slice * 2).min(LONGEST_SLICE);
    }
}

fn table(rows: &[Row]) -> String {
    let mut lines = vec![format!(
        "{:<26} {:<5} {:<22} {:>6} {:>5} {:>7} {:>6}  {}",
        "BUG", "RULE", "CHECKER", "CAUGHT", "RUN", "CONTROL", "PANICS", "COUNTS"
    )];
    lines.extend(rows.iter().map(|row| {
        format!(
            "{:<26} {:<5} {:<22} {:>6} {:>5} {:>7} {:>6}  {}",
            row.bug,
            row.property,
            row.checker.as_deref().unwrap_or("-"),
            row.seeds_caught,
            row.seeds_run,
            row.control,
            row.panics,
            if row.counts { "yes" } else { "NO" }
        )
    }));
    lines.join("\n")
}

fn chosen(args: &MutantsArgs) -> Result<Vec<SeededBug>, Failure> {
    match &args.bug {
        None if args.short => Ok(SHORT.to_vec()),
        None => Ok(SeededBug::ALL.to_vec()),
        Some(name) => {
            let known: Vec<&str> = SeededBug::ALL.iter().map(|bug| bug.name()).collect();
            let bug = SeededBug::ALL.iter().find(|bug| bug.name() == name);
            bug.map(|bug| vec![*bug]).ok_or_else(|| {
                Failure(format!("there is no bug `{name}`; there are: {}", known.join(", ")))
            })
        }
    }
}

/// Hunts every bug, then runs the control on the same seeds.
pub(crate) fn run(args: &MutantsArgs) -> Result<(), Failure> {
    let bugs = chosen(args)?;
    let begun = Instant::now();
    let simulator = match &args.executable {
        Some(binary) => Simulator { binary: binary.clone(), jobs: args.jobs },
        None => Simulator::build(args.short, args.jobs)?,
    };
    let mut rows = Vec::new();
    for bug in bugs {
        let row = hunt(&simulator, bug, args.seeds.max(1))?;
        let at = begun.elapsed().as_secs();
        eprintln!("{at:>5} s  {bug}: caught {} of {}", row.seeds_caught, row.seeds_run);
        rows.push(row);
    }
    let mut needed: BTreeMap<&str, u64> = BTreeMap::new();
    for row in &rows {
        let most = needed.entry(row.scenario).or_default();
        *most = row.seeds_run.max(*most);
    }
    let mut violated = BTreeMap::new();
    for (scenario, runs) in needed {
        let seeds = simulator.run(scenario, None, FIRST, runs)?;
        let at: Vec<u64> = seeds.iter().filter(|(_, s)| !s.is_empty()).map(|(at, _)| *at).collect();
        let after = begun.elapsed().as_secs();
        eprintln!("{after:>5} s  control of {scenario}: {runs} seeds, violations in {at:?}");
        violated.insert(scenario, at);
    }
    for row in &mut rows {
        let of_its_seeds = |seed: &&u64| **seed < FIRST + row.seeds_run;
        let violated = violated.get(row.scenario).into_iter().flatten();
        row.control = u64::try_from(violated.filter(of_its_seeds).count()).unwrap_or(u64::MAX);
        let neither = row.seeds_caught > 0 && row.seeds_caught < row.seeds_run;
        row.counts = neither && row.control == 0;
    }
    match args.output {
        Format::Table => println!("{}", table(&rows)),
        Format::Json => {
            let json = serde_json::to_string_pretty(&rows);
            println!("{}", json.map_err(|error| Failure(error.to_string()))?);
        }
    }
    let missed: Vec<&str> = rows.iter().filter(|row| !row.counts).map(|row| row.bug).collect();
    if missed.is_empty() {
        return Ok(());
    }
    let missed = missed.join(", ");
    Err(Failure(format!("not caught, too easy, or with a control that speaks: {missed}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seeds(said: &[&[&str]]) -> Seeds {
        let said = said.iter().map(|of| of.iter().map(|one| (*one).to_owned()).collect());
        (FIRST..).zip(said).collect()
    }

    #[test]
    fn only_the_checker_of_its_own_rule_catches_a_bug_and_a_panic_never_does() {
        let seeds = seeds(&[&["S1-one-owner"], &["S5-done-verified"], &["panic"], &[]]);
        let row = row(SeededBug::BootingIsBooted, &seeds);
        assert_eq!((row.seeds_caught, row.seeds_run), (1, 4));
        assert_eq!(row.panics, 1);
        assert_eq!(row.checker.as_deref(), Some("S5-done-verified"));
    }

    #[test]
    fn a_bug_of_the_log_is_caught_by_a_checker_of_the_log() {
        let seeds = seeds(&[&["no-controller-fails"], &["converges"], &["acknowledged-kept"]]);
        assert_eq!(row(SeededBug::AckBeforeFlush, &seeds).seeds_caught, 1);
    }

    #[test]
    fn the_scenario_of_every_bug_is_there() {
        for bug in SeededBug::ALL {
            let file = step::repository().join("simulations").join(bug.scenario());
            assert!(file.exists(), "{bug}: {}", file.display());
        }
    }
}
