//! `when` compiles, reads only the policy, and says true or false.

use crate::condition::Condition;
use crate::diagnostic::{Finding, Findings, Place};
use crate::yaml::RawFile;

pub(super) fn check(file: &RawFile, findings: &mut Findings) {
    for step in &file.spec.steps.value {
        let Some(written) = &step.when else { continue };
        let Err(error) = Condition::check(&written.value) else { continue };
        let place = Place::of(written.referenced, findings.text());
        findings.error(
            place,
            Finding {
                code: "runbook/bad-expression",
                message: format!(
                    "the `when` of step `{}` can't be evaluated: {error}",
                    step.id.value
                ),
                label: "here".to_owned(),
                help: "write a condition on the policy's level, for example \
                       `policy.level == 'ask'`"
                    .to_owned(),
            },
        );
    }
}
