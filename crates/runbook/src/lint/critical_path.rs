//! The longest chain of steps, by their expected times, stays within the objective.

use std::collections::BTreeMap;

use model::units::Span;

use crate::diagnostic::{Finding, Findings, Place};
use crate::yaml::{RawFile, RawStep};

/// Past this share of the objective, in percent, there is no room left for a bad night.
const WARN_PERCENT: u64 = 70;

pub(super) fn check(file: &RawFile, findings: &mut Findings) {
    let Some(rto) = &file.spec.objectives.rto else { return };
    let steps: BTreeMap<&str, &RawStep> =
        file.spec.steps.value.iter().map(|step| (step.id.value.as_str(), step)).collect();
    let mut known = BTreeMap::new();
    let Some((length, path)) = steps
        .keys()
        .filter_map(|id| longest(id, &steps, &mut known, 0))
        .max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(&a.1)))
    else {
        return;
    };
    let place = Place::of(rto.referenced, findings.text());
    let finding = |message| Finding {
        code: "runbook/too-slow",
        message,
        label: format!("the longest path takes {length}"),
        help: format!("shorten `expect` or the path: {}", path.join(", then ")),
    };
    if length > rto.value {
        let message = format!(
            "by its own expected times this runbook takes {length}: its objective is {}",
            rto.value
        );
        findings.error(place, finding(message));
    } else if length.as_millis() * 100 > rto.value.as_millis() * WARN_PERCENT {
        let message = format!(
            "the longest path takes {length}, more than {WARN_PERCENT} % of the objective of {}",
            rto.value
        );
        findings.warning(place, finding(message));
    }
}

/// The longest path that ends with this step. A step that says nothing counts as instant: the
/// objective is judged on what is known. `depth` ends rings, which have their own rule.
fn longest<'a>(
    id: &'a str,
    steps: &BTreeMap<&'a str, &'a RawStep>,
    known: &mut BTreeMap<&'a str, (Span, Vec<&'a str>)>,
    depth: usize,
) -> Option<(Span, Vec<&'a str>)> {
    if let Some(found) = known.get(id) {
        return Some(found.clone());
    }
    let step = steps.get(id).filter(|_| depth <= steps.len())?;
    let (before, mut path) = step
        .needs
        .iter()
        .filter_map(|need| longest(&need.value, steps, known, depth + 1))
        .max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(&a.1)))
        .unwrap_or_default();
    let own = step.expect.as_ref().map_or(Span::ZERO, |expect| expect.value);
    path.push(id);
    let found = (before.saturating_add(own), path);
    known.insert(id, found.clone());
    Some(found)
}
