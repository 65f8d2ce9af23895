//! `verify` compiles, reads only probes that exist, and says true or false.

use serde_saphyr::Spanned;

use crate::diagnostic::{Finding, Findings, Place};
use crate::verify::Verify;
use crate::yaml::RawFile;

pub(super) fn check(file: &RawFile, findings: &mut Findings) {
    for step in &file.spec.steps.value {
        let Some(written) = &step.verify else { continue };
        let Err(error) = Verify::check(&written.value) else { continue };
        let whole = Place::of(written.referenced, findings.text());
        let place = error.offset().map_or(whole, |offset| within(whole, written, offset));
        findings.error(
            place,
            Finding {
                code: "runbook/bad-expression",
                message: format!(
                    "the `verify` of step `{}` can't be evaluated: {error}",
                    step.id.value
                ),
                label: "here".to_owned(),
                help: "write a CEL expression that is true when the step is done, for example \
                       `probe('service/' + item).ok`"
                    .to_owned(),
            },
        );
    }
}

/// The place inside the expression, where the file has it on one line just as it is (perhaps
/// between quotes).
fn within(whole: Place, written: &Spanned<String>, offset: usize) -> Place {
    let lead = match whole.len.checked_sub(written.value.len()) {
        Some(0) => 0,
        Some(2) => 1,
        _ => return whole,
    };
    let offset = offset.min(written.value.len().saturating_sub(1));
    Place { offset: whole.offset + lead + offset, len: 1 }
}
