//! A manual step says who does what, in words that they will read in the night.

use model::action::MANUAL;

use crate::diagnostic::{Finding, Findings, Place};
use crate::yaml::{RawFile, RawManual, RawStep};

pub(super) fn check(file: &RawFile, findings: &mut Findings) {
    for step in &file.spec.steps.value {
        if let Some(manual) = &step.manual {
            check_step(step, &manual.value, findings);
        }
    }
}

fn check_step(step: &RawStep, manual: &RawManual, findings: &mut Findings) {
    let id = &step.id.value;
    let blank = |text: &str| text.trim().is_empty();
    let wrong = [
        (
            manual.quorum.as_ref().is_some_and(|quorum| quorum.value == 0),
            format!("step `{id}` waits for nobody"),
            "write `quorum: 1`, or 2 where one pair of eyes is not enough",
        ),
        (
            blank(&manual.role.value),
            format!("step `{id}` does not say whose task it is"),
            "write for example `role: operator`",
        ),
        (
            blank(&manual.text.fr) || blank(&manual.text.en),
            format!("step `{id}` does not say what is to be done"),
            "write `text: { fr: …, en: … }`, both for people who know nothing of this file",
        ),
        (
            step.for_each.is_written(),
            format!("step `{id}` is one task, not one for each of a set"),
            "remove `for_each`, and name in `text` what is to be done",
        ),
    ];
    for (_, message, help) in wrong.into_iter().filter(|(is, ..)| *is) {
        findings.error(
            Place::of(step.does(), findings.text()),
            Finding {
                code: "runbook/bad-manual",
                message,
                label: format!("this `{MANUAL}`"),
                help: help.to_owned(),
            },
        );
    }
}
