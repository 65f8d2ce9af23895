//! Rooms A and B are lost for good: what room C does without two persons, and with them.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use simulator::{RunOutcome, Scenario, Site, Tracing, run_once};

fn play(name: &str, seed: u64) -> RunOutcome {
    let file = format!("{}/../../simulations/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    let scenario = Scenario::read(Path::new(&file)).unwrap();
    let site = Site::read(&scenario).unwrap();
    run_once(&site, &scenario, seed, Tracing::Timeline)
}

#[track_caller]
fn holds(outcome: &RunOutcome) {
    let timeline = outcome.timeline.as_deref().unwrap_or_default();
    let last: Vec<&str> = timeline.lines().rev().take(60).collect();
    let last: Vec<&str> = last.into_iter().rev().collect();
    assert!(outcome.violations.is_empty(), "{:#?}\n{}", outcome.violations, last.join("\n"));
}

#[test]
fn nobody_signs_and_nothing_starts_however_long() {
    let outcome = play("nobody-signs", 1);
    holds(&outcome);
    assert!(!outcome.reached.contains("era-opened"), "{:?}", outcome.reached);
}

#[test]
fn two_persons_sign_and_the_last_room_goes_on_and_a_controller_that_comes_back_is_refused() {
    for seed in 1..=3 {
        let outcome = play("survivor-era", seed);
        holds(&outcome);
        for reached in ["era-opened", "proof-people", "older-era-refused", "orphan-heard"] {
            assert!(outcome.reached.contains(reached), "{reached}: {:?}", outcome.reached);
        }
    }
}

#[test]
fn a_wrong_signature_is_stopped_by_one_sign_of_life() {
    for seed in 1..=3 {
        let outcome = play("wrongly-signed", seed);
        holds(&outcome);
        assert!(!outcome.reached.contains("era-opened"), "{:?}", outcome.reached);
    }
}
