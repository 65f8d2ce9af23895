//! `needs` names steps of this runbook.

use crate::diagnostic::{Finding, Findings, Place, nearest};
use crate::yaml::RawFile;

pub(super) fn check(file: &RawFile, findings: &mut Findings) {
    let ids = || file.spec.steps.value.iter().map(|step| step.id.value.as_str());
    for step in &file.spec.steps.value {
        for need in &step.needs {
            if ids().any(|id| id == need.value) {
                continue;
            }
            let place = Place::of(need.referenced, findings.text());
            let help = match nearest(&need.value, ids()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the steps are: {}", ids().collect::<Vec<_>>().join(", ")),
            };
            findings.error(
                place,
                Finding {
                    code: "runbook/dangling-need",
                    message: format!(
                        "step `{}` needs `{}`, which is no step of this runbook: it would never start",
                        step.id.value, need.value
                    ),
                    label: "no such step".to_owned(),
                    help,
                },
            );
        }
    }
}
