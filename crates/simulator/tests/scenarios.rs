//! The scenarios in `simulations/`: each can be read, a short campaign of each theme violates no
//! safety rule, and what lies beyond the envelope is reported.

#![allow(clippy::unwrap_used)]

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use simulator::{Breaks, Campaign, Mix, Rehearsal, Report};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../simulations")
}

fn campaign(name: &str, runs: u64) -> Report {
    let file = folder().join(name);
    let mix = Mix::read(&file).unwrap();
    let jobs = NonZeroUsize::new(2).unwrap();
    let mut campaign = Campaign::new(file, 1, runs, jobs);
    (campaign.stop_at_first, campaign.shrink) = (false, 0);
    campaign.run(&mix)
}

fn breaks_no_safety(name: &str) -> Report {
    let report = campaign(name, 2);
    let violations: Vec<_> = report
        .failures
        .iter()
        .flat_map(|failure| &failure.violations)
        .filter(|violation| violation.breaks != Breaks::Liveness)
        .collect();
    assert!(violations.is_empty(), "{name}: {violations:#?}");
    report
}

#[test]
fn every_scenario_can_be_read() {
    let mut read = 0;
    for place in [folder(), folder().join("beyond")] {
        for entry in std::fs::read_dir(place).unwrap() {
            let file = entry.unwrap().path();
            // Those that ask how long it takes have their tests in `rehearsals.rs`.
            let asks_how_long = || Rehearsal::is_one(&std::fs::read_to_string(&file).unwrap());
            if file.extension().is_some_and(|ending| ending == "yaml") && !asks_how_long() {
                Mix::read(&file).unwrap();
                read += 1;
            }
        }
    }
    assert!(read >= 9, "{read}");
}

#[test]
fn faults_of_each_theme_strike_and_break_no_safety_rule() {
    for (name, strikes) in [
        ("disk.yaml", "disk-full"),
        ("network.yaml", "duplicated-messages"),
        ("time.yaml", "controller-pause"),
        ("estate.yaml", "bmc-trouble"),
    ] {
        let report = breaks_no_safety(name);
        let mut kinds = report.faults.keys().chain(report.weather.keys());
        assert!(kinds.any(|kind| kind == strikes), "{name}: {kinds:?}");
    }
}

#[test]
fn a_disk_of_yesterday_is_noticed_and_its_controller_stops_for_good() {
    let report = breaks_no_safety("old-image.yaml");
    assert!(report.reached.contains_key("controller-stopped-by-its-disk"), "{:?}", report.reached);
}

#[test]
fn persons_approve_and_attest_well_and_badly() {
    for (name, reaches) in [
        ("approvals.yaml", ["step-approved", "word-of-a-person-refused"]),
        ("attestations.yaml", ["attested", "proof-people"]),
    ] {
        let report = campaign(name, 3);
        assert!(report.failures.is_empty(), "{name}: {:#?}", report.failures);
        for name in reaches {
            assert!(report.reached.contains_key(name), "{name}: {:?}", report.reached);
        }
    }
}

#[test]
fn persons_take_runs_in_hand_well_and_badly() {
    let report = campaign("in-hand.yaml", 6);
    assert!(report.failures.is_empty(), "{:#?}", report.failures);
    for name in ["run-paused", "run-aborted", "word-of-a-person-refused"] {
        assert!(report.reached.contains_key(name), "{name}: {:?}", report.reached);
    }
}

/// What lies beyond the envelope, and the properties of which one must be found violated first.
const BEYOND: [(&str, &[&str]); 5] = [
    ("lying-fsync.yaml", &["acknowledged-kept"]),
    ("slow-clock.yaml", &["S1-proof-true", "S1-one-owner"]),
    ("lying-bmc.yaml", &["S1-proof-true", "S1-one-owner"]),
    ("false-attestations.yaml", &["S1-proof-true", "S1-one-owner"]),
    ("signed-over-a-cut.yaml", &["S1-one-owner"]),
];

#[test]
fn what_lies_beyond_the_envelope_is_reported_in_every_run() {
    for (name, properties) in BEYOND {
        let report = campaign(&format!("beyond/{name}"), 2);
        let expected = |failure: &&simulator::Failure| {
            let mut violations = failure.violations.iter();
            violations.any(|violation| properties.contains(&violation.property.as_str()))
        };
        let reported = report.failures.iter().filter(expected).count();
        assert_eq!(reported, 2, "{name}: {:#?}\n{:#?}", report.failures, report.reached);
    }
}

#[test]
fn every_scenario_beyond_the_envelope_has_its_checker() {
    let files = std::fs::read_dir(folder().join("beyond")).unwrap();
    let mut there: Vec<String> =
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    there.sort();
    let mut named = BEYOND.map(|(name, _)| name.to_owned());
    named.sort();
    assert_eq!(there, named);
}
