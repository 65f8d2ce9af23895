//! Actions are those of the catalogue.

use model::action::ActionRow;

use crate::diagnostic::{Finding, Findings, Place, nearest};
use crate::yaml::RawFile;

pub(super) fn check(file: &RawFile, catalogue: &[ActionRow], findings: &mut Findings) {
    for step in &file.spec.steps.value {
        if catalogue.iter().any(|row| row.name == step.action.value) {
            continue;
        }
        let names: Vec<&str> = catalogue.iter().map(|row| row.name).collect();
        let place = Place::of(step.action.referenced, findings.text());
        let near = nearest(&step.action.value, names.iter().copied())
            .map(|near| format!("did you mean `{near}`? "))
            .unwrap_or_default();
        findings.error(
            place,
            Finding {
                code: "runbook/unknown-action",
                message: format!("there is no action `{}`", step.action.value),
                label: "not in the catalogue".to_owned(),
                help: format!("{near}the actions are: {}", names.join(", ")),
            },
        );
    }
}
