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
    SAFETY: "safety", "sûreté";
    LIVENESS: "liveness", "vivacité";
    PANIC: "a panic", "une panique";
    SEED: "seed", "graine";
    REPLAY: "replay with", "rejouez avec";
    MINIMAL: "the fewest faults that do this", "le moins de pannes qui font cela";
    SMALLER: "fewer faults that do this (the runs were used up)", "moins de pannes qui font cela (les exécutions sont épuisées)";
    OF: "of", "sur";
    AFTER_RUNS: "runs:", "exécutions :";
    HIT_NOTHING: "not reached", "pas atteinte";
    LEFT: "about", "environ";
}
