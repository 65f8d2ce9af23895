//! A step does exactly one thing: an action, or waiting for persons.

use crate::diagnostic::{Finding, Findings, Place};
use crate::yaml::RawFile;

pub(super) fn check(file: &RawFile, findings: &mut Findings) {
    for step in &file.spec.steps.value {
        let (message, label) = match (&step.action, &step.approval) {
            (Some(_), None) | (None, Some(_)) => continue,
            (None, None) => (
                format!("step `{}` does nothing", step.id.value),
                "neither `action` nor `approval`",
            ),
            (Some(_), Some(_)) => {
                (format!("step `{}` is an action and an approval", step.id.value), "both are here")
            }
        };
        findings.error(
            Place::of(step.does(), findings.text()),
            Finding {
                code: "runbook/what-it-does",
                message,
                label: label.to_owned(),
                help: "write one of the two: `action: …`, or \
                       `approval: { from: [role:on-call-manager], quorum: 2 }`"
                    .to_owned(),
            },
        );
    }
}
