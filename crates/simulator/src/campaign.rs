//! Many runs of one scenario, each from its own seed, and one digest over them all.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::checkers::{Breaks, Violation};
use crate::load::Site;
use crate::run::{RunOutcome, run_once};
use crate::scenario::Scenario;

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
    /// Whether timelines are kept.
    pub trace: bool,
    /// Whether it ends at the first violation.
    pub stop_at_first: bool,
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
    /// In how many a property was violated.
    pub violations: u64,
    /// A hash over the traces of all runs, in their order.
    pub digest: String,
    /// Simulated seconds.
    pub simulated_s: f64,
    /// Seconds that it took.
    pub wall_s: f64,
    /// Events in all traces.
    pub events: u64,
    /// Faults by kind.
    pub faults: BTreeMap<String, u64>,
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

impl Campaign {
    fn replay(&self, seed: u64) -> String {
        format!("bascule simulate {} --seed {seed} --runs 1 --trace", self.file.display())
    }

    /// Runs it.
    pub fn run(&self, site: &Site, scenario: &Scenario) -> Report {
        let begun = Instant::now();
        let outcomes = self.outcomes(site, scenario);
        let mut report = Report {
            scenario: scenario.name.clone(),
            seed: self.seed,
            runs: 0,
            violations: 0,
            digest: String::new(),
            simulated_s: 0.0,
            wall_s: 0.0,
            events: 0,
            faults: BTreeMap::new(),
            reached: BTreeMap::new(),
            replay: None,
            failures: Vec::new(),
            timelines: BTreeMap::new(),
        };
        let mut digest = Sha256::new();
        for outcome in outcomes {
            digest.update(outcome.hash.as_bytes());
            self.add(&mut report, outcome);
        }
        report.digest = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        report.wall_s = begun.elapsed().as_secs_f64();
        report
    }

    fn add(&self, report: &mut Report, outcome: RunOutcome) {
        report.runs += 1;
        report.simulated_s += outcome.simulated.as_secs_f64();
        report.events += outcome.events;
        for (kind, count) in outcome.faults {
            *report.faults.entry(kind.to_owned()).or_default() += count;
        }
        for name in outcome.reached {
            *report.reached.entry(name).or_default() += 1;
        }
        if let Some(timeline) = outcome.timeline {
            report.timelines.insert(outcome.seed, timeline);
        }
        if !outcome.violations.is_empty() {
            report.violations += 1;
            let replay = self.replay(outcome.seed);
            report.replay.get_or_insert_with(|| replay.clone());
            let violations = outcome.violations;
            report.failures.push(Failure { seed: outcome.seed, violations, replay });
        }
    }

    /// The outcomes in the order of their seeds, whoever ran them.
    fn outcomes(&self, site: &Site, scenario: &Scenario) -> Vec<RunOutcome> {
        let next = AtomicU64::new(0);
        let stop = AtomicBool::new(false);
        let done = Mutex::new(BTreeMap::new());
        let work = || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= self.runs || stop.load(Ordering::Relaxed) {
                    return;
                }
                let outcome = self.one(site, scenario, self.seed.wrapping_add(number));
                if self.stop_at_first && !outcome.violations.is_empty() {
                    stop.store(true, Ordering::Relaxed);
                }
                if let Ok(mut done) = done.lock() {
                    done.insert(number, outcome);
                }
            }
        };
        std::thread::scope(|threads| {
            for _ in 1..self.jobs.get() {
                threads.spawn(work);
            }
            work();
        });
        let mut outcomes: Vec<RunOutcome> =
            done.into_inner().unwrap_or_default().into_values().collect();
        if self.stop_at_first
            && let Some(first) = outcomes.iter().position(|run| !run.violations.is_empty())
        {
            // Later runs that other jobs had begun: how many there are is chance.
            outcomes.truncate(first + 1);
        }
        outcomes
    }

    /// One run; a panic in it is a violation like any other.
    fn one(&self, site: &Site, scenario: &Scenario, seed: u64) -> RunOutcome {
        let ran = catch_unwind(AssertUnwindSafe(|| run_once(site, scenario, seed, self.trace)));
        ran.unwrap_or_else(|panic| {
            let what = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                .unwrap_or_default();
            RunOutcome {
                seed,
                hash: "panic".to_owned(),
                timeline: None,
                events: 0,
                simulated: std::time::Duration::ZERO,
                violations: vec![Violation {
                    property: "panic".to_owned(),
                    breaks: Breaks::Panic,
                    at_ms: 0,
                    what,
                }],
                faults: BTreeMap::new(),
                reached: std::collections::BTreeSet::new(),
                list: Vec::new(),
            }
        })
    }
}
