//! Actions are those of the catalogue.

use model::action::{ActionRow, NOT_WRITTEN};

use crate::diagnostic::{Finding, Findings, Place, nearest};
use crate::yaml::RawFile;

pub(super) fn check(file: &RawFile, catalogue: &[ActionRow], findings: &mut Findings) {
    for step in &file.spec.steps.value {
        let Some(action) = &step.action else { continue };
        // What has a key of its own is not written as an action.
        let written = |name: &&str| !NOT_WRITTEN.contains(name);
        let names: Vec<&str> = catalogue.iter().map(|row| row.name).filter(written).collect();
        if names.contains(&action.value.as_str()) {
            continue;
        }
        let place = Place::of(step.does(), findings.text());
        let near = nearest(&action.value, names.iter().copied())
            .map(|near| format!("did you mean `{near}`? "))
            .unwrap_or_default();
        findings.error(
            place,
            Finding {
                code: "runbook/unknown-action",
                message: format!("there is no action `{}`", action.value),
                label: "not in the catalogue".to_owned(),
                help: format!("{near}the actions are: {}", names.join(", ")),
            },
        );
    }
}
