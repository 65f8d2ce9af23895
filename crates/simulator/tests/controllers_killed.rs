//! All three controllers are dead: the hosts go on without them, by the promises of each other, or of
//! the guardians.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use simulator::{RunOutcome, Scenario, Site, Tracing, run_once};

fn nothing_stops(name: &str) -> RunOutcome {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../simulations");
    let scenario = Scenario::read(&folder.join(name)).unwrap();
    let site = Site::read(&scenario).unwrap();
    let outcome = run_once(&site, &scenario, 1, Tracing::Hash);
    assert!(outcome.violations.is_empty(), "{:#?}", outcome.violations);
    assert_eq!((outcome.tally.ends, outcome.tally.starts.len()), (0, 0));
    outcome
}

#[test]
fn no_vm_stops_and_none_starts_twice() {
    let outcome = nothing_stops("controllers-killed.yaml");
    assert!(outcome.simulated.as_secs() > 3600, "{:?}", outcome.simulated);
    assert!(outcome.reached.contains("promise-given"), "{:?}", outcome.reached);
}

#[test]
fn agents_that_do_not_hear_each_other_live_on_guardians() {
    let outcome = nothing_stops("guardians.yaml");
    assert!(outcome.simulated.as_secs() > 1800, "{:?}", outcome.simulated);
    assert!(outcome.reached.contains("guardian-promised"), "{:?}", outcome.reached);
}
