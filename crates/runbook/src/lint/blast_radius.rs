//! No step relies on what the incident that it answers takes out with it.

use std::collections::BTreeSet;

use model::action::{ActionRow, OneOf};
use model::blast_radius::BlastRadius;
use model::incident::IncidentClass;
use model::relied_on::ReliedOn;

use crate::diagnostic::{Finding, Findings, Place};
use crate::scope::Scope;
use crate::yaml::{RawFile, RawStep};

pub(super) fn check(
    file: &RawFile,
    catalogue: &[ActionRow],
    scope: &Scope,
    findings: &mut Findings,
) {
    let said = file.spec.answers.iter().flat_map(|answers| &answers.value).map(|one| one.value);
    let asked = scope.asked_of_runbook(&file.metadata.name.value);
    let classes: BTreeSet<IncidentClass> =
        said.chain(asked.into_iter().flatten().copied()).collect();
    let radii: Vec<(IncidentClass, BlastRadius)> =
        classes.into_iter().map(|class| (class, scope.radius_of(class))).collect();
    for step in &file.spec.steps.value {
        check_written(step, &radii, findings);
        let row = catalogue.iter().find(|row| Some(row.name) == step.row_name());
        for group in row.map_or(&[][..], |row| row.uses) {
            check_action(step, group, &radii, findings);
        }
    }
}

/// What the step itself says that it uses.
fn check_written(step: &RawStep, radii: &[(IncidentClass, BlastRadius)], findings: &mut Findings) {
    for used in &step.uses {
        let Ok(what) = used.value.parse::<ReliedOn>() else { continue };
        // One finding a thing: the first incident is enough to refuse it.
        let inside = radii.iter().find_map(|(class, radius)| Some((class, radius.why(&what)?)));
        let Some((class, why)) = inside else { continue };
        let place = Place::of(used.referenced, findings.text());
        findings.error(
            place,
            Finding {
                code: "runbook/inside-blast-radius",
                message: format!(
                    "step `{}` uses {what}, which {class} may take out with it: the step could not run",
                    step.id.value
                ),
                label: why.to_owned(),
                help: format!(
                    "find another way for this step, one that does not need {what}; where this \
                     hospital keeps it elsewhere, lint with `--estate FILE`"
                ),
            },
        );
    }
}

/// What its action relies on by itself.
fn check_action(
    step: &RawStep,
    group: &OneOf,
    radii: &[(IncidentClass, BlastRadius)],
    findings: &mut Findings,
) {
    let lost = |radius: &BlastRadius| {
        let whys: Option<Vec<&str>> =
            group.0.iter().map(|means| radius.why(&ReliedOn::Means(*means))).collect();
        whys.and_then(|whys| whys.first().map(|why| (*why).to_owned()))
    };
    let Some((class, why)) = radii.iter().find_map(|(class, radius)| Some((class, lost(radius)?)))
    else {
        return;
    };
    let names: Vec<&str> = group.0.iter().map(|means| means.as_str()).collect();
    let names = names.join(" or ");
    findings.error(
        Place::of(step.does(), findings.text()),
        Finding {
            code: "runbook/inside-blast-radius",
            message: format!(
                "step `{}` does `{}`, which goes through {names}: {class} may take that out with it",
                step.id.value,
                step.row_name().unwrap_or_default()
            ),
            label: why,
            help: format!("use an action that does not need {names}, or take the step out"),
        },
    );
}
