//! The lab with real QEMU VMs in three network namespaces: room A is killed, its VMs run in B.

use serde_json::Value;

use crate::prerequisites;
use crate::step::{self, Failure};

/// Runs the lab once. Network namespaces need root.
pub(crate) fn run() -> Result<(), Failure> {
    prerequisites::install()?;
    let binary = step::binary()?;
    let (stdout, succeeded) = step::capture("lab", &binary, &["lab", "smoke", "-o", "json"])?;
    let shown: Value = serde_json::from_str(&stdout)
        .map_err(|error| Failure(format!("lab: no JSON ({error}): {stdout}")))?;
    if !succeeded || shown["result"] != "ok" || shown["double_starts"] != 0 {
        return Err(Failure(format!("lab: not as expected: {stdout}")));
    }
    println!("lab: {stdout}");
    Ok(())
}
