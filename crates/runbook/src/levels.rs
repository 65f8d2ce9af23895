//! The steps of a runbook by how many must end before them.

use std::collections::BTreeMap;

use model::id::StepId;

use crate::format::{Runbook, Step};

/// The steps in levels: those of a level wait only for steps of the levels before it. Within a
/// level they stand in the order of the file.
pub fn levels(runbook: &Runbook) -> Vec<Vec<&Step>> {
    let mut depth: BTreeMap<&StepId, usize> = BTreeMap::new();
    let mut levels: Vec<Vec<&Step>> = Vec::new();
    let mut left: Vec<&Step> = runbook.steps.iter().collect();
    while !left.is_empty() {
        let (ready, waiting): (Vec<&Step>, Vec<&Step>) =
            left.iter().partition(|step| step.needs.iter().all(|need| depth.contains_key(need)));
        // A linted runbook has no ring.
        if ready.is_empty() {
            break;
        }
        for step in &ready {
            depth.insert(&step.id, levels.len());
        }
        levels.push(ready);
        left = waiting;
    }
    levels
}
