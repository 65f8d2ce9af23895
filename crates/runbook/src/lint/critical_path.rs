//! The longest chain of steps, by their expected times, stays within the objective.

use std::collections::BTreeMap;

use model::units::Span;

use crate::critical_path::{Timed, longest};
use crate::diagnostic::{Finding, Findings, Place};
use crate::yaml::RawFile;

/// Past this share of the objective, in percent, there is no room left for a bad night.
const WARN_PERCENT: u64 = 70;

pub(super) fn check(file: &RawFile, findings: &mut Findings) {
    let Some(rto) = &file.spec.objectives.rto else { return };
    let steps: BTreeMap<&str, Timed<'_>> = file
        .spec
        .steps
        .value
        .iter()
        .map(|step| {
            let expect = step.expect.as_ref().map_or(Span::ZERO, |expect| expect.value);
            let needs = step.needs.iter().map(|need| need.value.as_str()).collect();
            (step.id.value.as_str(), Timed { expect, needs })
        })
        .collect();
    let Some((length, path)) = longest(&steps) else { return };
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
