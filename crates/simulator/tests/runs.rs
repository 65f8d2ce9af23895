//! Whole runs: determinism, and a small campaign in which every property holds.

#![allow(clippy::unwrap_used)]

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use model::units::Span;
use simulator::{
    Breaks, Campaign, Fault, Kept, Mix, Report, Scenario, Site, TaskOrder, Tracing, drawn_faults,
    parse_list, run_once, run_with,
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
    Campaign::new(file, seed, runs, jobs).run(&Mix::one(scenario, site))
}

#[test]
fn one_seed_gives_one_history_and_another_seed_another() {
    let (_, site, scenario) = smoke();
    let first = run_once(&site, &scenario, 3, Tracing::Everything);
    let again = run_once(&site, &scenario, 3, Tracing::Everything);
    assert!(first.timeline.as_ref().unwrap().contains("  message  "));
    assert_eq!(first.timeline, again.timeline);
    assert_eq!(first.hash, again.hash);
    assert_ne!(first.hash, run_once(&site, &scenario, 4, Tracing::Hash).hash);
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
    run_with(&site, &scenario, 3, faults, Tracing::Timeline).timeline.unwrap()
}

#[test]
fn the_list_of_a_seed_written_down_and_read_back_replays_its_run() {
    let (_, site, scenario) = smoke();
    let words: Vec<String> = drawn_faults(&scenario, 3).iter().map(ToString::to_string).collect();
    let list = parse_list(&words.join("\n")).unwrap();
    assert_eq!(timeline(&list), run_once(&site, &scenario, 3, Tracing::Timeline).timeline.unwrap());
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

#[test]
fn the_order_of_ready_tasks_is_part_of_the_history() {
    let (_, site, scenario) = smoke();
    let as_woken = Scenario { task_order: TaskOrder::AsWoken, ..scenario.clone() };
    let seeded = run_once(&site, &scenario, 5, Tracing::Hash);
    let woken = run_once(&site, &as_woken, 5, Tracing::Hash);
    assert!(woken.violations.is_empty() && seeded.violations.is_empty());
    assert_ne!(woken.hash, seeded.hash);
}

/// The smoke scenario, which nothing satisfies after a fault: all must run again within 300 ms.
fn impatient() -> (PathBuf, Site, Scenario) {
    let (file, site, scenario) = smoke();
    (file, site, Scenario { settle: Span::from_millis(300), ..scenario })
}

#[test]
fn a_failing_campaign_is_shrunk_to_what_still_fails_and_its_report_knows_no_jobs() {
    let (file, site, scenario) = impatient();
    let report = |jobs| {
        let jobs = NonZeroUsize::new(jobs).unwrap();
        let mut campaign = Campaign::new(file.clone(), 100, 3, jobs);
        campaign.shrink = 40;
        Report { wall_s: 0.0, ..campaign.run(&Mix::one(scenario.clone(), site.clone())) }
    };
    let one = report(1);
    assert_eq!(serde_json::to_string(&one).unwrap(), serde_json::to_string(&report(2)).unwrap());
    assert_eq!(one.broke, Some(Breaks::Liveness));
    let failure = &one.failures[0];
    let minimal = failure.minimal.as_ref().unwrap();
    assert!(!minimal.faults.is_empty() && minimal.faults.len() < minimal.of, "{minimal:#?}");
    let quoted = minimal.replay.split('\'').nth(1).unwrap();
    let faults = parse_list(quoted).unwrap();
    let again = run_with(&site, &scenario, failure.seed, &faults, Tracing::Hash);
    assert_eq!(again.violations[0].property, failure.violations[0].property);
}

#[test]
fn a_campaign_goes_on_from_what_was_kept_and_reports_as_if_it_had_never_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept.jsonl");
    let (file, site, scenario) = smoke();
    let mix = Mix::one(scenario, site);
    let slice = |runs| {
        let campaign = Campaign::new(file.clone(), 100, runs, NonZeroUsize::MIN);
        let belongs = campaign.belongs(&mix, "this".to_owned());
        let kept = Kept::open(&path, &belongs).unwrap();
        campaign.run_watched(&mix, Some(&kept), &|_| {}).unwrap()
    };
    assert_eq!(slice(2).resumed, 0);
    let whole = slice(3);
    assert_eq!((whole.resumed, whole.runs), (2, 3));
    assert_eq!(whole.digest, campaign(100, 3, 1).digest);
}
