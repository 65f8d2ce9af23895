//! One-way cuts between the rooms: of each kind of set one, and what must come of it.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use simulator::{Scenario, Site, Tracing, run_once};

fn read(name: &str) -> (Site, Scenario) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../simulations");
    let scenario = Scenario::read(&folder.join(name)).unwrap();
    (Site::read(&scenario).unwrap(), scenario)
}

/// Runs the case of these cuts, led from the first room, that returns all at once.
fn run(cuts: &[&str]) -> simulator::RunOutcome {
    let (site, scenario) = read("cuts.yaml");
    let wanted: std::collections::BTreeSet<String> =
        cuts.iter().map(|of| (*of).to_owned()).collect();
    let cases = scenario.every_cut.as_ref().unwrap().cases();
    let these = |case: &simulator::Case| {
        case.cuts.iter().map(ToString::to_string).collect::<std::collections::BTreeSet<_>>()
            == wanted
    };
    let place = cases.iter().position(these).unwrap();
    let outcome = run_once(&site, &scenario, place as u64 + 1, Tracing::Hash);
    assert!(outcome.violations.is_empty(), "{:#?}", outcome.violations);
    outcome
}

#[test]
fn a_production_room_that_hears_nobody_stops_by_its_leases_and_its_vms_move() {
    let outcome = run(&["b>a", "c>a"]);
    assert_eq!((outcome.tally.stopped_by_lease.len(), outcome.tally.moves.len()), (4, 4));
}

#[test]
fn a_leader_that_nobody_answers_does_not_keep_the_others_from_electing() {
    let outcome = run(&["b>a", "c>a", "c>b"]);
    assert_eq!(outcome.tally.stopped_by_lease.len(), 8, "no majority is left");
    let outcome = run(&["b>a", "b>c"]);
    assert_eq!((outcome.tally.stopped_by_lease.len(), outcome.tally.moves.len()), (4, 4));
}

#[test]
fn the_last_resort_room_alone_stops_nothing() {
    let outcome = run(&["a>c", "c>b"]);
    assert_eq!((outcome.tally.stopped_by_lease.len(), outcome.tally.ends), (0, 0));
}

#[test]
fn a_ring_of_cuts_stops_everything_and_nothing_starts_before_it_returns() {
    let outcome = run(&["a>b", "b>c", "c>a"]);
    assert_eq!(outcome.tally.stopped_by_lease.len(), 8);
}
