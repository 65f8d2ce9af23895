//! The file is a runbook of a version that this program reads.

use crate::diagnostic::{Finding, Findings, Place};
use crate::yaml::RawFile;

pub(super) fn check(file: &RawFile, findings: &mut Findings) {
    for (key, written, wanted) in
        [("apiVersion", &file.api_version, "bascule/v1"), ("kind", &file.kind, "Runbook")]
    {
        if written.value != wanted {
            let place = Place::of(written.referenced, findings.text());
            findings.error(
                place,
                Finding {
                    code: "runbook/wrong-kind",
                    message: format!(
                        "`{key}` is `{}`: this is not a runbook that can be read",
                        written.value
                    ),
                    label: format!("must be `{wanted}`"),
                    help: format!("write `{key}: {wanted}`"),
                },
            );
        }
    }
}
