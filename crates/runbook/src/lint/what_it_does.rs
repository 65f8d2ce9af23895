//! A step does exactly one thing: an action, a person's task, or waiting for persons.

use crate::diagnostic::{Finding, Findings, Place};
use crate::yaml::RawFile;

pub(super) fn check(file: &RawFile, findings: &mut Findings) {
    for step in &file.spec.steps.value {
        let written = step.written();
        let id = &step.id.value;
        let (message, label) = match written.as_slice() {
            [_] => continue,
            [] => (
                format!("step `{id}` does nothing"),
                "neither `action`, nor `manual`, nor `approval`".to_owned(),
            ),
            [first, second, ..] => (
                format!("step `{id}` is two things at once: {first} and {second}"),
                "one thing a step".to_owned(),
            ),
        };
        findings.error(
            Place::of(step.does(), findings.text()),
            Finding {
                code: "runbook/what-it-does",
                message,
                label,
                help: "write one of them: `action: …`, `manual: { role: operator, text: … }`, or \
                       `approval: { from: [role:on-call-manager], quorum: 2 }`"
                    .to_owned(),
            },
        );
    }
}
