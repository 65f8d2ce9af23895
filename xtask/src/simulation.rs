//! Determinism: the same scenario and seed in two processes give the same digest.

use serde_json::Value;

use crate::step::{self, Failure};

/// Runs the smoke scenario twice.
pub(crate) fn run() -> Result<(), Failure> {
    let binary = step::binary()?;
    let args = ["simulate", "simulations/smoke.yaml", "--seed", "1", "--runs", "50", "-o", "json"];
    let mut digests = Vec::new();
    for process in ["first process", "second process"] {
        let name = format!("simulation, {process}");
        let (stdout, succeeded) = step::capture(&name, &binary, &args)?;
        let shown: Value = serde_json::from_str(&stdout)
            .map_err(|error| Failure(format!("{name}: no JSON ({error}): {stdout}")))?;
        if !succeeded || shown["violations"] != 0 {
            return Err(Failure(format!("{name}: a property was violated: {stdout}")));
        }
        digests.push(shown["digest"].clone());
    }
    if digests[0] != digests[1] || !digests[0].is_string() {
        return Err(Failure(format!("the digests differ: {} and {}", digests[0], digests[1])));
    }
    println!("simulation: both processes gave the digest {}", digests[0]);
    Ok(())
}
