//! Whole runs: determinism, and a small campaign in which every property holds.

#![allow(clippy::unwrap_used)]

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use simulator::{
    Campaign, Fault, Report, Scenario, Site, drawn_faults, parse_list, run_once, run_with,
};

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

fn timeline(faults: &[Fault]) -> String {
    let (_, site, scenario) = smoke();
    run_with(&site, &scenario, 3, faults, true).timeline.unwrap()
}

#[test]
fn the_list_of_a_seed_written_down_and_read_back_replays_its_run() {
    let (_, site, scenario) = smoke();
    let words: Vec<String> = drawn_faults(&scenario, 3).iter().map(ToString::to_string).collect();
    let list = parse_list(&words.join("\n")).unwrap();
    assert_eq!(timeline(&list), run_once(&site, &scenario, 3, true).timeline.unwrap());
}

#[test]
fn a_fault_left_out_changes_no_other_faults_choices() {
    let list =
        parse_list("cut-one-way@1s+1s/a lost-messages@2s+1s/b cut-both-ways@4s+1s/c").unwrap();
    let words = |timeline: &str| -> Vec<String> {
        let faults = timeline.lines().filter_map(|line| line.split_once(" #"));
        faults.map(|(_, fault)| fault[1..].trim().to_owned()).collect()
    };
    let all = words(&timeline(&list));
    assert_eq!(all.len(), 3, "{all:?}");
    assert_eq!(all[1..], words(&timeline(&list[1..])));
}

#[test]
fn a_fault_hits_what_its_list_names() {
    let faults = parse_list("room-loss(c)@1s+2s cut-one-way(b,a)@2s+1s vm-crash(nobody)@3s+0s");
    let timeline = timeline(&faults.unwrap());
    assert!(timeline.contains("#1 room-loss c for"), "{timeline}");
    assert!(timeline.contains("#2 cut-one-way b to a for"), "{timeline}");
    assert!(!timeline.contains("#3 vm-crash"), "{timeline}");
}
