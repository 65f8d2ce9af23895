//! All three controllers are dead for an hour: the hosts go on without them.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use simulator::{Scenario, Site, Tracing, run_once};

#[test]
fn no_vm_stops_and_none_starts_twice() {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../simulations/controllers-killed.yaml");
    let scenario = Scenario::read(&file).unwrap();
    let site = Site::read(&scenario).unwrap();
    let outcome = run_once(&site, &scenario, 1, Tracing::Hash);
    assert!(outcome.violations.is_empty(), "{:#?}", outcome.violations);
    assert_eq!((outcome.tally.ends, outcome.tally.starts.len()), (0, 0));
    assert!(outcome.simulated.as_secs() > 3600, "{:?}", outcome.simulated);
    assert!(outcome.reached.contains("promise-given"), "{:?}", outcome.reached);
}
