//! An approval holds back everything that changes the world: whoever approves must not find it
//! done. It is asked of named roles, and its failure ends the run.

use std::collections::{BTreeMap, BTreeSet};

use model::action::{ActionRow, Effects};
use model::plan::OnFailure;

use crate::diagnostic::{Finding, Findings, Place};
use crate::yaml::{RawApproval, RawFile, RawStep};

pub(super) fn check(file: &RawFile, catalogue: &[ActionRow], findings: &mut Findings) {
    let steps = &file.spec.steps.value;
    for step in steps {
        if let Some(approval) = &step.approval {
            check_step(step, &approval.value, file.spec.defaults.on_failure, findings);
        }
    }
    if steps.iter().all(|step| step.approval.is_none()) {
        return;
    }
    let by_id: BTreeMap<&str, &RawStep> =
        steps.iter().map(|step| (step.id.value.as_str(), step)).collect();
    for step in steps {
        let row = catalogue.iter().find(|row| Some(row.name) == step.row_name());
        let harmless =
            step.approval.is_some() || row.is_none_or(|row| row.effects == Effects::Read);
        if harmless || is_approved(step, &by_id) {
            continue;
        }
        findings.error(
            Place::of(step.does(), findings.text()),
            Finding {
                code: "runbook/before-approval",
                message: format!(
                    "step `{}` changes the world before anybody has approved",
                    step.id.value
                ),
                label: "does not wait for the approval".to_owned(),
                help: "let it need the approval step, or a step that does".to_owned(),
            },
        );
    }
}

fn check_step(
    step: &RawStep,
    approval: &RawApproval,
    default: Option<OnFailure>,
    findings: &mut Findings,
) {
    let id = &step.id.value;
    let names = |from: &str, kind| from.strip_prefix(kind).is_some_and(|name| !name.is_empty());
    let is_role = |from: &str| names(from, "role:") || names(from, "person:");
    let wrong = [
        (approval.quorum.value == 0, format!("step `{id}` waits for nobody"), "write `quorum: 2`"),
        (
            approval.from.is_empty() || approval.from.iter().any(|one| !is_role(&one.value)),
            format!("step `{id}` does not say whose approval it waits for"),
            "write for example `from: [role:on-call-manager]`",
        ),
        (
            step.verify.is_some() || step.for_each.is_written(),
            format!("step `{id}` is applied to nothing"),
            "remove `for_each` and `verify`: the persons' word is all that counts",
        ),
        (
            step.on_failure.or(default).unwrap_or_default() != OnFailure::Abort,
            format!("without the approval of step `{id}` the run would go on"),
            "write `on_failure: abort`",
        ),
    ];
    for (_, message, help) in wrong.into_iter().filter(|(is, ..)| *is) {
        findings.error(
            Place::of(step.does(), findings.text()),
            Finding {
                code: "runbook/bad-approval",
                message,
                label: "here".to_owned(),
                help: help.to_owned(),
            },
        );
    }
}

/// Whether this step needs an approval, however far back.
fn is_approved(step: &RawStep, by_id: &BTreeMap<&str, &RawStep>) -> bool {
    let mut seen = BTreeSet::new();
    let mut left: Vec<&str> = step.needs.iter().map(|need| need.value.as_str()).collect();
    while let Some(id) = left.pop() {
        let Some(before) = by_id.get(id).filter(|_| seen.insert(id)) else { continue };
        if before.approval.is_some() {
            return true;
        }
        left.extend(before.needs.iter().map(|need| need.value.as_str()));
    }
    false
}
