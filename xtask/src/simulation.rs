//! Determinism: the same scenario and seeds give the same digest and, to the byte, the same traces,
//! in two processes and in two builds.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::step::{self, Failure};

const SCENARIO: &str = "simulations/smoke.yaml";
/// So many runs are compared by digest.
const RUNS: &str = "50";
/// Everything at once, and so many runs of it.
const CAMPAIGN: &str = "simulations/chaos.yaml";
const CAMPAIGN_RUNS: &str = "200";
/// Of so many, every event is written and compared. A run writes some megabytes.
const TRACED: &str = "6";

/// One campaign; its digest.
fn digest(name: &str, binary: &str, runs: &str, more: &[&str]) -> Result<String, Failure> {
    let mut args = vec!["simulate", SCENARIO, "--seed", "1", "--runs", runs, "-o", "json"];
    args.extend(more);
    let (stdout, succeeded) = step::capture(name, binary, &args)?;
    let shown: Value = serde_json::from_str(&stdout)
        .map_err(|error| Failure(format!("{name}: no JSON ({error}): {stdout}")))?;
    if !succeeded || shown["violations"] != 0 {
        return Err(Failure(format!("{name}: a property was violated: {stdout}")));
    }
    let digest = shown["digest"].as_str();
    digest.map(str::to_owned).ok_or_else(|| Failure(format!("{name}: no digest: {stdout}")))
}

/// All events of some runs, as they were written.
fn traces(name: &str, binary: &str) -> Result<Vec<u8>, Failure> {
    let file = format!("bascule-traces-{}-{}", std::process::id(), name.replace([' ', ','], "-"));
    let path: PathBuf = std::env::temp_dir().join(file);
    let written = path.to_string_lossy();
    digest(name, binary, TRACED, &["--trace=everything", "--trace-to", &written])?;
    let bytes = fs::read(&path)
        .map_err(|error| Failure(format!("{name}: cannot read {written}: {error}")))?;
    // What is left in the temporary folder harms nobody.
    let _ = fs::remove_file(&path);
    Ok(bytes)
}

fn same_traces(one: &[u8], other: &[u8]) -> Result<(), Failure> {
    let lines = |bytes: &[u8]| bytes.split(|byte| *byte == b'\n').count();
    if one.len() < 100_000 {
        return Err(Failure(format!("the traces have {} bytes only", one.len())));
    }
    if one == other {
        println!("simulation: {} lines, {} bytes, identical", lines(one), one.len());
        return Ok(());
    }
    let differ = one.iter().zip(other).position(|(one, other)| one != other);
    let place = differ.unwrap_or(one.len().min(other.len()));
    let line = |bytes: &[u8]| {
        let begin = bytes[..place.min(bytes.len())].iter().rposition(|byte| *byte == b'\n');
        let rest = &bytes[begin.map_or(0, |begin| begin + 1)..];
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        String::from_utf8_lossy(&rest[..end]).into_owned()
    };
    Err(Failure(format!(
        "the traces differ from line {} on:\n{}\n{}",
        lines(&one[..place]),
        line(one),
        line(other)
    )))
}

fn compared(one: (&str, &str), other: (&str, &str)) -> Result<(), Failure> {
    let digests = [digest(one.0, one.1, RUNS, &[])?, digest(other.0, other.1, RUNS, &[])?];
    if digests[0] != digests[1] {
        return Err(Failure(format!("the digests differ: {} and {}", digests[0], digests[1])));
    }
    same_traces(&traces(one.0, one.1)?, &traces(other.0, other.1)?)?;
    println!("simulation: {} and {} gave the digest {}", one.0, other.0, digests[0]);
    Ok(())
}

/// The first runs of the campaign, with assertions; the whole of it is a command of its own.
fn campaign(binary: &str) -> Result<(), Failure> {
    let runs = ["--seed", "1", "--runs", CAMPAIGN_RUNS, "--jobs", "2", "--progress"];
    let args: Vec<&str> = ["simulate", CAMPAIGN].into_iter().chain(runs).collect();
    step::run("campaign", binary, &args)
}

/// Two processes of one build, then the first runs of the campaign.
pub(crate) fn run() -> Result<(), Failure> {
    let binary = step::binary()?;
    compared(("first process", &binary), ("second process", &binary))?;
    campaign(&binary)
}

/// The development build, with assertions, and the one that is shipped.
pub(crate) fn two_builds() -> Result<(), Failure> {
    let (debug, release) = (step::binary()?, step::release_binary()?);
    compared(("development build", &debug), ("release build", &release))
}
