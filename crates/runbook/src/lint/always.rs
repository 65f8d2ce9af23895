//! What runs however its run ends comes after everything: nothing else waits for it, and nobody is
//! asked for leave that late.

use std::collections::BTreeSet;

use crate::diagnostic::{Finding, Findings, Place};
use crate::yaml::RawFile;

pub(super) fn check(file: &RawFile, findings: &mut Findings) {
    let steps = &file.spec.steps.value;
    let always: BTreeSet<&str> =
        steps.iter().filter(|step| step.always).map(|step| step.id.value.as_str()).collect();
    for step in steps {
        let id = &step.id.value;
        if step.always && step.approval.is_some() {
            findings.error(
                Place::of(step.does(), findings.text()),
                Finding {
                    code: "runbook/bad-always",
                    message: format!("step `{id}` would ask once everything is over"),
                    label: "asks for leave at the end".to_owned(),
                    help: "remove `always: true`, or the approval".to_owned(),
                },
            );
        }
        for need in step.needs.iter().filter(|_| !step.always) {
            if !always.contains(need.value.as_str()) {
                continue;
            }
            findings.error(
                Place::of(need.referenced, findings.text()),
                Finding {
                    code: "runbook/bad-always",
                    message: format!(
                        "step `{id}` needs `{}`, which runs once everything else is over",
                        need.value
                    ),
                    label: "comes after everything".to_owned(),
                    help: "write `always: true` for both, or for neither".to_owned(),
                },
            );
        }
    }
    if !steps.is_empty() && always.len() == steps.len() {
        findings.error(
            Place::of(file.spec.steps.referenced, findings.text()),
            Finding {
                code: "runbook/bad-always",
                message: "every step of this runbook is one that runs however it ends".to_owned(),
                label: "nothing else is left to run".to_owned(),
                help: "remove `always: true` from what the runbook is for".to_owned(),
            },
        );
    }
}
