//! Simulations.

use super::words;

words! {
    RUNS: "runs", "exécutions";
    VIOLATIONS: "with a violation", "avec une violation";
    SIMULATED: "simulated", "simulées";
    DIGEST: "digest", "empreinte";
    FAULTS: "faults", "pannes";
    REACHED: "reached", "atteint";
    VIOLATED: "VIOLATED", "VIOLÉ";
    REPLAY: "replay with", "rejouez avec";
}
