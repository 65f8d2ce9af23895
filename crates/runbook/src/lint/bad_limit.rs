//! Limits, attempts and timeouts of nought would let nothing start or end; a runbook without
//! steps does nothing.

use model::units::Span;
use serde_saphyr::Spanned;

use crate::diagnostic::{Finding, Findings, Place};
use crate::yaml::RawFile;

pub(super) fn check(file: &RawFile, findings: &mut Findings) {
    if file.spec.steps.value.is_empty() {
        let place = Place::of(file.spec.steps.referenced, findings.text());
        findings.error(
            place,
            Finding {
                code: "runbook/no-steps",
                message: "this runbook does nothing".to_owned(),
                label: "no steps".to_owned(),
                help: "add at least one step".to_owned(),
            },
        );
    }
    if let Some(retry) = &file.spec.defaults.retry {
        check_number("attempts", Some(&retry.attempts), findings);
    }
    check_timeout(file.spec.defaults.timeout.as_ref(), findings);
    for step in &file.spec.steps.value {
        check_timeout(step.timeout.as_ref(), findings);
        check_number("attempts", step.retry.as_ref().map(|retry| &retry.attempts), findings);
        check_number("at_once", step.for_each.at_once.as_ref(), findings);
        check_number("per_host", step.for_each.per_host.as_ref(), findings);
        check_number("per_volume", step.for_each.per_volume.as_ref(), findings);
    }
}

fn check_number(key: &str, number: Option<&Spanned<u32>>, findings: &mut Findings) {
    let Some(number) = number.filter(|number| number.value == 0) else { return };
    let place = Place::of(number.referenced, findings.text());
    findings.error(
        place,
        Finding {
            code: "runbook/bad-limit",
            message: format!("`{key}: 0` lets nothing start"),
            label: "at least 1".to_owned(),
            help: format!("write a number from 1, or remove `{key}`"),
        },
    );
}

fn check_timeout(timeout: Option<&Spanned<Span>>, findings: &mut Findings) {
    let Some(timeout) = timeout.filter(|timeout| timeout.value == Span::ZERO) else { return };
    let place = Place::of(timeout.referenced, findings.text());
    findings.error(
        place,
        Finding {
            code: "runbook/bad-limit",
            message: "an attempt that may take no time fails before it begins".to_owned(),
            label: "more than 0s".to_owned(),
            help: "write how long one attempt may take, with its verification".to_owned(),
        },
    );
}
