//! Many rehearsals, each from its own seed.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::outcome::Outcome;
use super::plan_memory::PlanMemory;
use super::play::play;
use super::report::RehearsalReport;
use super::stage::Stage;
use crate::campaign::Progress;

/// Rehearsals to be played.
#[derive(Clone, Debug)]
pub struct RehearsalCampaign {
    /// The file, for the command that replays.
    pub file: PathBuf,
    /// The seed of the first; the others follow it.
    pub seed: u64,
    /// How many.
    pub runs: u64,
    /// How many at the same time. The report does not depend on it.
    pub jobs: NonZeroUsize,
}

impl RehearsalCampaign {
    /// Plays them, and tells how far it is.
    pub fn run(&self, stage: &Stage, tell: &(dyn Fn(Progress) + Sync)) -> RehearsalReport {
        let begun = Instant::now();
        let next = AtomicU64::new(0);
        let outcomes = Mutex::new(Vec::new());
        let locked = || outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        std::thread::scope(|scope| {
            for _ in 0..self.jobs.get() {
                scope.spawn(|| {
                    let memory = PlanMemory::default();
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= self.runs {
                            return;
                        }
                        let played = play(stage, &memory, self.seed.wrapping_add(number), false);
                        let mut outcomes = locked();
                        outcomes.extend(played.map(|outcome| (number, outcome)));
                        let done = outcomes.len() as u64;
                        drop(outcomes);
                        tell(Progress { done, of: self.runs, failures: 0 });
                    }
                });
            }
        });
        let mut outcomes = std::mem::take(&mut *locked());
        outcomes.sort_by_key(|(number, _)| *number);
        let outcomes: Vec<Outcome> = outcomes.into_iter().map(|(_, outcome)| outcome).collect();
        RehearsalReport::of(self, stage, &outcomes, begun.elapsed().as_secs_f64())
    }

    /// Plays the first one and tells what happens.
    pub fn told(&self, stage: &Stage) -> Option<Outcome> {
        play(stage, &PlanMemory::default(), self.seed, true)
    }
}
