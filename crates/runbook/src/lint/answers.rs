//! A runbook says which incidents it answers, and the policy names it for no other.

use std::collections::BTreeSet;

use model::action::ActionRow;
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
    let asked = scope.asked_of_runbook(&file.metadata.name.value);
    let Some(answers) = &file.spec.answers else {
        if asked.is_none() {
            silent(file, catalogue, findings);
        }
        return;
    };
    let said: BTreeSet<IncidentClass> = answers.value.iter().map(|one| one.value).collect();
    let place = Place::of(answers.referenced, findings.text());
    for class in asked.into_iter().flatten().filter(|class| !said.contains(class)) {
        let name = &file.metadata.name.value;
        findings.error(
            place,
            Finding {
                code: "runbook/not-answered",
                message: format!(
                    "the policy answers {class} with `{name}`, which does not say that it is made for that"
                ),
                label: format!("{class} is not among them"),
                help: format!(
                    "add {class} here once each step may run during it, or name another runbook in the policy"
                ),
            },
        );
    }
}

/// Nobody says for which incidents it is: whatever may be lost in one can't be checked.
fn silent(file: &RawFile, catalogue: &[ActionRow], findings: &mut Findings) {
    let doubtful = |step: &RawStep| {
        let row = catalogue.iter().find(|row| Some(row.name) == step.row_name());
        let groups = row.map_or(&[][..], |row| row.uses);
        let of_the_action = groups
            .iter()
            .filter(|group| group.0.len() == 1)
            .any(|group| group.0.iter().any(|means| may_be_lost(&ReliedOn::Means(*means))));
        of_the_action || !step.uses.is_empty()
    };
    let Some(step) = file.spec.steps.value.iter().find(|step| doubtful(step)) else { return };
    findings.warning(
        Place::of(file.metadata.name.referenced, findings.text()),
        Finding {
            code: "runbook/answers-nothing",
            message: format!(
                "this runbook does not say which incidents it answers: what step `{}` uses may be \
                 lost with them",
                step.id.value
            ),
            label: "for which incidents?".to_owned(),
            help:
                "write for example `answers: [room-lost]` under `spec`, or lint it with the policy"
                    .to_owned(),
        },
    );
}

fn may_be_lost(what: &ReliedOn) -> bool {
    IncidentClass::ALL.into_iter().any(|class| BlastRadius::of(class).why(what).is_some())
}
