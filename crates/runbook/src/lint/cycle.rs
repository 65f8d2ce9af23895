//! No step waits for itself, however far round.

use std::collections::BTreeMap;

use crate::diagnostic::{Finding, Findings, Place};
use crate::yaml::{RawFile, RawStep};

pub(super) fn check(file: &RawFile, findings: &mut Findings) {
    let steps: BTreeMap<&str, &RawStep> =
        file.spec.steps.value.iter().map(|step| (step.id.value.as_str(), step)).collect();
    let mut done: BTreeMap<&str, bool> = BTreeMap::new();
    for start in steps.keys() {
        let mut path = Vec::new();
        if let Some(ring) = ring_from(start, &steps, &mut done, &mut path) {
            let step = steps[ring[0]];
            let mut names = ring.clone();
            names.push(ring[0]);
            let place = Place::of(step.id.referenced, findings.text());
            findings.error(
                place,
                Finding {
                    code: "runbook/cycle",
                    message: format!("these steps wait for each other: {}", names.join(" needs ")),
                    label: "none of them could ever start".to_owned(),
                    help: "remove one of these `needs`".to_owned(),
                },
            );
            return;
        }
    }
}

/// The first ring found from here; `done` holds `true` for steps on the path, `false` for steps
/// known to lead nowhere round.
fn ring_from<'a>(
    at: &'a str,
    steps: &BTreeMap<&'a str, &'a RawStep>,
    done: &mut BTreeMap<&'a str, bool>,
    path: &mut Vec<&'a str>,
) -> Option<Vec<&'a str>> {
    match done.get(at) {
        Some(true) => {
            let from = path.iter().position(|name| *name == at)?;
            return Some(path[from..].to_vec());
        }
        Some(false) => return None,
        None => {}
    }
    let step = steps.get(at)?;
    done.insert(at, true);
    path.push(at);
    for need in &step.needs {
        if let Some(ring) = ring_from(&need.value, steps, done, path) {
            return Some(ring);
        }
    }
    path.pop();
    done.insert(at, false);
    None
}
