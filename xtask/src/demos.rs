//! The demonstrations on the twin clinic, each fault with its expectation. The demonstration
//! itself checks what must hold and exits accordingly; here the numbers that matter are checked
//! again from outside, from its JSON.

use serde_json::Value;

use crate::step::{self, Failure};

/// What a demonstration must show. Every other fault is played on the ward's twin, with the same
/// code, by the tests of `lab`.
struct Demo {
    args: &'static [&'static str],
    /// Whether VMs must move.
    moves: Option<bool>,
    /// Exit status and number of double starts.
    succeeds: bool,
    double_starts: u64,
}

const DEMOS: &[Demo] = &[
    Demo { args: &["--room", "a"], moves: Some(true), succeeds: true, double_starts: 0 },
    Demo { args: &["--cut", "all"], moves: Some(true), succeeds: true, double_starts: 0 },
    Demo { args: &["--inject", "double-start"], moves: None, succeeds: false, double_starts: 1 },
];

fn check(demo: &Demo, binary: &str) -> Result<(), Failure> {
    let name = format!("demo {}", demo.args.join(" "));
    let args = [&["demo", "--fast", "-o", "json"], demo.args].concat();
    let (stdout, succeeded) = step::capture(&name, binary, &args)?;
    let wrong = |what: String| Failure(format!("{name}: {what}\nits output: {stdout}"));
    let shown: Value = serde_json::from_str(&stdout)
        .map_err(|error| wrong(format!("its output is not one JSON object: {error}")))?;
    if succeeded != demo.succeeds {
        return Err(wrong(format!("expected success to be {}", demo.succeeds)));
    }
    if shown["double_starts"] != demo.double_starts {
        return Err(wrong(format!("expected {} double starts", demo.double_starts)));
    }
    if demo.succeeds {
        if shown["result"] != "ok" || shown["audit"]["verified"] != true {
            return Err(wrong("the result or the audit log is not in order".into()));
        }
        if shown["vms"]["running"] != shown["vms"]["total"] {
            return Err(wrong("not every VM runs".into()));
        }
    }
    if let Some(moves) = demo.moves
        && (shown["vms"]["moved"].as_u64().unwrap_or(0) > 0) != moves
    {
        return Err(wrong(format!("expected VMs to move: {moves}")));
    }
    println!("{name}: as expected");
    Ok(())
}

/// Runs every demonstration.
pub(crate) fn run() -> Result<(), Failure> {
    let binary = step::binary()?;
    DEMOS.iter().try_for_each(|demo| check(demo, &binary))
}
