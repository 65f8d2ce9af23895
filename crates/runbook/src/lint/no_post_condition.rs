//! Something other than an exit code says that a step is done.

use model::action::ActionRow;

use crate::diagnostic::{Finding, Findings, Place};
use crate::yaml::RawFile;

pub(super) fn check(file: &RawFile, catalogue: &[ActionRow], findings: &mut Findings) {
    for step in &file.spec.steps.value {
        let row = catalogue.iter().find(|row| Some(row.name) == step.row_name());
        let Some(row) = row else { continue };
        if row.post_condition.is_some() || step.verify.is_some() {
            continue;
        }
        let place = Place::of(step.does(), findings.text());
        findings.error(
            place,
            Finding {
                code: "runbook/no-post-condition",
                message: format!(
                    "nothing tells when step `{}` is done: `{}` has no post-condition of its own",
                    step.id.value, row.name
                ),
                label: "its answer alone proves nothing".to_owned(),
                help: "add `verify:` with what a probe must see, for example `probe('service/' + item).ok`"
                    .to_owned(),
            },
        );
    }
}
