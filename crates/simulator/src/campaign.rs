//! Many runs of one scenario or of a mix, each from its own seed, and one digest over them all.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::checkers::{Breaks, Violation};
use crate::fault_list::{self, Fault};
use crate::faults::FaultKind;
use crate::kept::{Belongs, Kept, KeptError};
use crate::mix::{Mix, Part};
use crate::run::{RunOutcome, Struck, run_once, run_with};
use crate::scenario::Scenario;
use crate::shrink::shrink;
use crate::trace::Tracing;

/// The lists of so many failing runs are shrunk, those of the lowest seeds: a scenario that fails
/// everywhere is understood from its first failures.
const SHRUNK_FAILURES: usize = 3;

/// A campaign to be run.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// The scenario's file, for the command that replays.
    pub file: PathBuf,
    /// The seed of the first run; the others follow it.
    pub seed: u64,
    /// How many runs.
    pub runs: u64,
    /// How many at the same time. The report does not depend on it.
    pub jobs: NonZeroUsize,
    /// What is kept of each run's trace.
    pub tracing: Tracing,
    /// Whether it ends at the first violation.
    pub stop_at_first: bool,
    /// These faults instead of those that each seed draws.
    pub faults: Option<Vec<Fault>>,
    /// In how many runs at most the faults of a failing run are shrunk; 0: not at all.
    pub shrink: u32,
}

/// How far a campaign has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Runs that ended in this session.
    pub done: u64,
    /// Runs of this session, if none ends it early.
    pub of: u64,
    /// Runs with a violation so far.
    pub failures: u64,
}

/// A run in which a property was violated.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    /// Its seed.
    pub seed: u64,
    /// What was violated, in order.
    pub violations: Vec<Violation>,
    /// The command that replays it.
    pub replay: String,
    /// The fewest faults that were found to violate the same property.
    pub minimal: Option<Minimal>,
}

/// A shrunk list of faults.
#[derive(Clone, Debug, Serialize)]
pub struct Minimal {
    /// The faults, and what they hit.
    pub faults: Vec<Struck>,
    /// How many faults the run had.
    pub of: usize,
    /// How many runs the shrinking took.
    pub runs: u32,
    /// Whether no single fault of them can be left out; false when the runs were used up.
    pub complete: bool,
    /// The command that replays it.
    pub replay: String,
}

/// What a campaign came to.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The scenario's name.
    pub scenario: String,
    /// The seed of the first run.
    pub seed: u64,
    /// How many runs were made.
    pub runs: u64,
    /// How many of them an earlier session had made.
    pub resumed: u64,
    /// In how many a property was violated.
    pub violations: u64,
    /// What that broke, the worst first: safety, then a panic, then liveness.
    pub broke: Option<Breaks>,
    /// A hash over the traces of all runs, in their order.
    pub digest: String,
    /// Simulated seconds.
    pub simulated_s: f64,
    /// Seconds that it took, those of earlier sessions too.
    pub wall_s: f64,
    /// Events in all traces.
    pub events: u64,
    /// VMs stopped because their hosts could get no lease.
    pub stopped_by_lease: u64,
    /// Faults by kind, those of `weather` not counted.
    pub faults: BTreeMap<String, u64>,
    /// How often messages were dropped, delayed, repeated or reordered for a while.
    pub weather: BTreeMap<String, u64>,
    /// What was reached, and in how many runs.
    pub reached: BTreeMap<String, u64>,
    /// The command that replays the first violation; none without one.
    pub replay: Option<String>,
    /// Every run with a violation.
    pub failures: Vec<Failure>,
    /// The timelines by seed, when they were asked for.
    #[serde(skip)]
    pub timelines: BTreeMap<u64, String>,
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn worse(one: Option<Breaks>, other: Option<Breaks>) -> Option<Breaks> {
    let badness = |breaks: &Breaks| match breaks {
        Breaks::Liveness => 1,
        Breaks::Panic => 2,
        Breaks::Safety => 3,
    };
    one.into_iter().chain(other).max_by_key(badness)
}

impl Campaign {
    /// A campaign of so many runs from this seed, without anything special.
    pub fn new(file: PathBuf, seed: u64, runs: u64, jobs: NonZeroUsize) -> Self {
        Self {
            file,
            seed,
            runs,
            jobs,
            tracing: Tracing::Hash,
            stop_at_first: false,
            faults: None,
            shrink: 0,
        }
    }

    fn replay(&self, seed: u64, faults: Option<&[Fault]>) -> String {
        let file = self.file.display();
        let mut command = format!("bascule simulate {file} --seed {seed} --runs 1");
        if let Some(faults) = faults {
            let words: Vec<String> = faults.iter().map(ToString::to_string).collect();
            command.push_str(&format!(" --faults '{}'", words.join(" ")));
        }
        command + " --trace"
    }

    /// What outcomes of this campaign belong to: they may be counted together with those of
    /// another with the same, whatever its seeds and the number of its runs and jobs.
    pub fn belongs(&self, mix: &Mix, build: String) -> Belongs {
        let mut hash = Sha256::new();
        hash.update(format!("{:?}\n", self.faults));
        for Part { scenario, site, weight } in &mix.parts {
            let nameless = PathBuf::new();
            let scenario_alone = Scenario {
                estate: nameless.clone(),
                policy: nameless.clone(),
                runbooks: nameless,
                ..scenario.clone()
            };
            hash.update(format!("{weight} {scenario_alone:?}\n"));
            // What can't be written can't be proposed either, and is found out by the first run.
            hash.update(serde_json::to_vec(&site.load).unwrap_or_default());
        }
        Belongs { scenario: mix.name.clone(), inputs: hex(hash), build }
    }

    /// Runs it.
    pub fn run(&self, mix: &Mix) -> Report {
        let begun = Instant::now();
        let outcomes = self.outcomes(mix, &|_, _| true, &|_| None);
        self.report(mix, outcomes, begun)
    }

    /// Runs it, tells of each run that ended, and keeps outcomes in a file if there is one.
    pub fn run_watched(
        &self,
        mix: &Mix,
        kept: Option<&Kept>,
        tell: &(dyn Fn(Progress) + Sync),
    ) -> Result<Report, KeptError> {
        let begun = Instant::now();
        let known = |seed: u64| kept.and_then(|kept| kept.outcome(seed).cloned());
        let seeds = (0..self.runs).map(|number| self.seed.wrapping_add(number));
        let before = seeds.filter_map(known);
        let (resumed, failed) = before.fold((0, 0), |(all, failed), outcome| {
            (all + 1, failed + u64::from(outcome.broke().is_some()))
        });
        let progress = Mutex::new(Progress { done: 0, of: self.runs - resumed, failures: failed });
        let not_kept = Mutex::new(None);
        let ended = |outcome: &RunOutcome, is_new: bool| {
            if !is_new {
                return true;
            }
            if let Some(Err(error)) = kept.map(|kept| kept.add(outcome)) {
                *not_kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                return false;
            }
            let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
            progress.done += 1;
            progress.failures += u64::from(outcome.broke().is_some());
            tell(*progress);
            true
        };
        let outcomes = self.outcomes(mix, &ended, &known);
        if let Some(error) = not_kept.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        let counted = outcomes.iter().filter(|outcome| known(outcome.seed).is_some()).count();
        let mut report = self.report(mix, outcomes, begun);
        report.resumed = counted as u64;
        report.wall_s += kept.map_or(0.0, Kept::earlier_s);
        Ok(report)
    }

    fn report(&self, mix: &Mix, outcomes: Vec<RunOutcome>, begun: Instant) -> Report {
        let mut report = Report {
            scenario: mix.name.clone(),
            seed: self.seed,
            runs: 0,
            resumed: 0,
            violations: 0,
            broke: None,
            digest: String::new(),
            simulated_s: 0.0,
            wall_s: 0.0,
            events: 0,
            stopped_by_lease: 0,
            faults: BTreeMap::new(),
            weather: BTreeMap::new(),
            reached: BTreeMap::new(),
            replay: None,
            failures: Vec::new(),
            timelines: BTreeMap::new(),
        };
        let mut digest = Sha256::new();
        for outcome in outcomes {
            digest.update(outcome.hash.as_bytes());
            self.add(&mut report, mix, outcome);
        }
        report.digest = hex(digest);
        report.wall_s = begun.elapsed().as_secs_f64();
        report
    }

    fn add(&self, report: &mut Report, mix: &Mix, outcome: RunOutcome) {
        report.runs += 1;
        report.simulated_s += outcome.simulated.as_secs_f64();
        report.events += outcome.events;
        report.broke = worse(report.broke, outcome.broke());
        report.stopped_by_lease += outcome.tally.stopped_by_lease.len() as u64;
        for (kind, count) in outcome.faults {
            let is_weather = fault_list::kind_of(&kind).is_ok_and(FaultKind::is_weather);
            let counts = if is_weather { &mut report.weather } else { &mut report.faults };
            *counts.entry(kind).or_default() += count;
        }
        for name in outcome.reached {
            *report.reached.entry(name).or_default() += 1;
        }
        if let Some(timeline) = outcome.timeline {
            report.timelines.insert(outcome.seed, timeline);
        }
        let Some(first) = outcome.violations.first() else { return };
        report.violations += 1;
        let minimal = (report.failures.len() < SHRUNK_FAILURES && self.shrink > 0)
            .then(|| self.shrunk(mix, outcome.seed, &first.property, &outcome.list))
            .flatten();
        let replay = self.replay(outcome.seed, self.faults.as_deref());
        report.replay.get_or_insert_with(|| replay.clone());
        let violations = outcome.violations;
        report.failures.push(Failure { seed: outcome.seed, violations, replay, minimal });
    }

    /// The fewest faults that violate the same property with the same seed.
    fn shrunk(&self, mix: &Mix, seed: u64, property: &str, list: &[Struck]) -> Option<Minimal> {
        let Part { scenario, site, .. } = mix.part(seed);
        let play = |faults: &[Fault]| run_with(site, scenario, seed, faults, Tracing::Hash);
        let same = |outcome: &RunOutcome| {
            outcome.violations.first().is_some_and(|violation| violation.property == property)
        };
        let all: Vec<Fault> = list.iter().map(|struck| struck.fault.clone()).collect();
        let of = all.len();
        let shrunk = shrink(all, self.shrink, &mut |faults| same(&play(faults)));
        // Once more for what the faults hit in this run; and that it fails is seen, not supposed.
        let outcome = play(&shrunk.faults);
        same(&outcome).then(|| Minimal {
            replay: self.replay(seed, Some(&shrunk.faults)),
            faults: outcome.list,
            of,
            runs: shrunk.runs,
            complete: shrunk.minimal,
        })
    }

    /// The outcomes in the order of their seeds, whoever ran them. `ended` hears of each, with
    /// whether it is new, and says whether to go on.
    fn outcomes(
        &self,
        mix: &Mix,
        ended: &(dyn Fn(&RunOutcome, bool) -> bool + Sync),
        known: &(dyn Fn(u64) -> Option<RunOutcome> + Sync),
    ) -> Vec<RunOutcome> {
        let next = AtomicU64::new(0);
        let stop = AtomicBool::new(false);
        let done = Mutex::new(BTreeMap::new());
        let work = || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= self.runs || stop.load(Ordering::Relaxed) {
                    return;
                }
                let seed = self.seed.wrapping_add(number);
                let before = known(seed);
                let is_new = before.is_none();
                let outcome = before.unwrap_or_else(|| self.one(mix, seed));
                let goes_on = ended(&outcome, is_new);
                if !goes_on || (self.stop_at_first && outcome.broke().is_some()) {
                    stop.store(true, Ordering::Relaxed);
                }
                done.lock().unwrap_or_else(PoisonError::into_inner).insert(number, outcome);
            }
        };
        std::thread::scope(|threads| {
            for _ in 1..self.jobs.get() {
                threads.spawn(work);
            }
            work();
        });
        let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut outcomes: Vec<RunOutcome> = done.into_values().collect();
        if self.stop_at_first
            && let Some(first) = outcomes.iter().position(|run| run.broke().is_some())
        {
            // Later runs that other jobs had begun: how many there are is chance.
            outcomes.truncate(first + 1);
        }
        outcomes
    }

    fn one(&self, mix: &Mix, seed: u64) -> RunOutcome {
        let Part { scenario, site, .. } = mix.part(seed);
        match &self.faults {
            Some(faults) => run_with(site, scenario, seed, faults, self.tracing),
            None => run_once(site, scenario, seed, self.tracing),
        }
    }
}
