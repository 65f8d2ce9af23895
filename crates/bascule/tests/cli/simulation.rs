//! Simulations: the same seed gives the same digest, in any process.

use crate::bascule::{run, shipped};

#[test]
fn the_same_seed_gives_the_same_digest_in_two_processes() {
    let scenario = shipped("simulations/smoke.yaml").display().to_string();
    let once = || {
        let ran = run(["simulate", &scenario, "--seed", "1", "--runs", "1", "-o", "json"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.json()
    };
    let (first, second) = (once(), once());
    assert!(first["digest"].is_string() && first["violations"] == 0, "{first}");
    assert_eq!(first["digest"], second["digest"]);
}

#[test]
fn what_is_no_scenario_is_an_input_error() {
    let policy = shipped("simulations/policies/default.yaml").display().to_string();
    assert_eq!(run(["simulate", &policy]).code, 3);
    assert_eq!(run(["simulate", "/nonexistent.yaml"]).code, 3);
}

#[test]
fn an_option_that_says_nothing_about_a_rehearsal_is_refused_by_name() {
    let rehearsal = shipped("simulations/room-loss.yaml").display().to_string();
    for option in [
        vec!["--resume", "kept.jsonl"],
        vec!["--faults", "room-loss(a)@1s+1s"],
        vec!["--property", "S1"],
        vec!["--keep-going"],
    ] {
        let mut arguments = vec!["simulate", &rehearsal];
        arguments.extend(&option);
        let ran = run(arguments);
        assert_eq!(ran.code, 3, "{option:?}");
        assert!(ran.stderr.contains(option[0]), "{}", ran.stderr);
    }
}
