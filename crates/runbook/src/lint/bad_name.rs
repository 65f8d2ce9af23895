//! Names stand in step keys and in file names: lower-case letters, digits, `-`.

use crate::diagnostic::{Finding, Findings, Place};
use crate::yaml::RawFile;

pub(super) fn check(file: &RawFile, findings: &mut Findings) {
    let ids = file.spec.steps.value.iter().map(|step| ("id", &step.id));
    for (key, name) in std::iter::once(("name", &file.metadata.name)).chain(ids) {
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !name.value.is_empty() && name.value.chars().all(legal) {
            continue;
        }
        let place = Place::of(name.referenced, findings.text());
        findings.error(
            place,
            Finding {
                code: "runbook/bad-name",
                message: format!(
                    "`{}` can't be a name: it stands in step keys and file names",
                    name.value
                ),
                label: format!("this `{key}`"),
                help: "use lower-case letters, digits and `-`".to_owned(),
            },
        );
    }
}
