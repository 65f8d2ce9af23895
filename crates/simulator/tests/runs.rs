//! Whole runs: determinism, and a small campaign in which every property holds.

#![allow(clippy::unwrap_used)]

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use simulator::{Campaign, Report, Scenario, Site, run_once};

fn smoke() -> (PathBuf, Site, Scenario) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../simulations/smoke.yaml");
    let scenario = Scenario::read(&file).unwrap();
    let site = Site::read(&scenario).unwrap();
    (file, site, scenario)
}

fn campaign(seed: u64, runs: u64, jobs: usize) -> Report {
    let (file, site, scenario) = smoke();
    let jobs = NonZeroUsize::new(jobs).unwrap();
    let campaign = Campaign { file, seed, runs, jobs, trace: false, stop_at_first: false };
    campaign.run(&site, &scenario)
}

#[test]
fn one_seed_gives_one_history_and_another_seed_another() {
    let (_, site, scenario) = smoke();
    let first = run_once(&site, &scenario, 3, true);
    let again = run_once(&site, &scenario, 3, true);
    assert_eq!(first.timeline, again.timeline);
    assert_eq!(first.hash, again.hash);
    assert_ne!(first.hash, run_once(&site, &scenario, 4, false).hash);
}

#[test]
fn a_small_campaign_violates_nothing_whatever_the_number_of_jobs() {
    let two = campaign(100, 2, 2);
    assert!(two.failures.is_empty(), "{:#?}", two.failures);
    assert_eq!(two.digest, campaign(100, 2, 1).digest);
    assert!(two.events > 4_000 && two.reached.contains_key("run-succeeded"), "{two:#?}");
}
