//! A step id names one step.

use std::collections::BTreeMap;

use crate::diagnostic::{Finding, Findings, Place};
use crate::yaml::RawFile;

pub(super) fn check(file: &RawFile, findings: &mut Findings) {
    let mut first: BTreeMap<&str, u64> = BTreeMap::new();
    for step in &file.spec.steps.value {
        let line = step.id.referenced.line();
        if let Some(earlier) = first.get(step.id.value.as_str()) {
            let place = Place::of(step.id.referenced, findings.text());
            findings.error(
                place,
                Finding {
                    code: "runbook/duplicate-step",
                    message: format!(
                        "the step id `{}` is taken: the log could not tell the two steps apart",
                        step.id.value
                    ),
                    label: format!("first used on line {earlier}"),
                    help: "give one of them another id".to_owned(),
                },
            );
        } else {
            first.insert(&step.id.value, line);
        }
    }
}
