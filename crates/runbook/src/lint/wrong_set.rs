//! `for_each` ranges over exactly one set, and it is the one that the action is made for.

use model::action::{ActionRow, Over};
use serde_saphyr::Location;

use crate::diagnostic::{Finding, Findings, Place};
use crate::format::{Order, Which};
use crate::yaml::{RawFile, RawStep};

pub(super) fn check(file: &RawFile, catalogue: &[ActionRow], findings: &mut Findings) {
    // What waits for persons is applied to nothing: rules of its own say so.
    for step in file.spec.steps.value.iter().filter(|step| !step.is_of_the_run()) {
        let row = catalogue.iter().find(|row| Some(row.name) == step.row_name());
        check_step(step, row, findings);
    }
}

fn check_step(step: &RawStep, row: Option<&ActionRow>, findings: &mut Findings) {
    let sets = sets(step);
    let wanted = row.map(|row| row.over);
    let write = |over| format!("write `for_each: {{ {} }}`", spelled(over));
    let [(over, which, location)] = sets.as_slice() else {
        let (message, label) = if sets.is_empty() {
            (
                format!("step `{}` does not say what it is applied to", step.id.value),
                "no `for_each`",
            )
        } else {
            (format!("step `{}` ranges over {} sets", step.id.value, sets.len()), "one set a step")
        };
        let place = Place::of(step.does(), findings.text());
        let help = wanted.map(write).unwrap_or_else(|| "keep one set".to_owned());
        findings.error(
            place,
            Finding { code: "runbook/wrong-set", message, label: label.to_owned(), help },
        );
        return;
    };
    let place = Place::of(*location, findings.text());
    if let Some(wanted) = wanted.filter(|wanted| wanted != over) {
        findings.error(
            place,
            Finding {
                code: "runbook/wrong-set",
                message: format!(
                    "`{}` is not applied to {}",
                    step.row_name().unwrap_or_default(),
                    key(*over)
                ),
                label: format!("must be a set of {}", key(wanted)),
                help: write(wanted),
            },
        );
        return;
    }
    if *which != choice(*over) {
        findings.error(
            place,
            Finding {
                code: "runbook/wrong-set",
                message: format!("there is no such set of {}", key(*over)),
                label: format!("known: `{}`", spelled(*over)),
                help: write(*over),
            },
        );
    }
    if let Some(tier) = &step.for_each.up_to_tier
        && !matches!(over, Over::Vms | Over::Services)
    {
        let place = Place::of(tier.referenced, findings.text());
        findings.error(
            place,
            Finding {
                code: "runbook/wrong-set",
                message: format!("{} have no tier: only VMs and services do", key(*over)),
                label: "not for this set".to_owned(),
                help: "remove `up_to_tier`".to_owned(),
            },
        );
    }
    if let Some(order) = &step.for_each.order
        && order.value == Order::StartOrder
        && *over != Over::Vms
    {
        let place = Place::of(order.referenced, findings.text());
        findings.error(
            place,
            Finding {
                code: "runbook/wrong-set",
                message: format!("{} have no start order: only VMs do", key(*over)),
                label: "not for this set".to_owned(),
                help: "remove `order`".to_owned(),
            },
        );
    }
}

fn sets(step: &RawStep) -> Vec<(Over, Which, Location)> {
    let each = &step.for_each;
    [
        (Over::Hosts, &each.hosts),
        (Over::Vms, &each.vms),
        (Over::Services, &each.services),
        (Over::StorageLayers, &each.storage_layers),
    ]
    .into_iter()
    .filter_map(|(over, set)| set.as_ref().map(|set| (over, set.value, set.referenced)))
    .collect()
}

/// Hosts and VMs are lost; what stands on them is affected.
fn choice(over: Over) -> Which {
    match over {
        Over::Hosts | Over::Vms => Which::Lost,
        Over::Services | Over::StorageLayers => Which::Affected,
        Over::Run => Which::Whole,
    }
}

fn key(over: Over) -> &'static str {
    match over {
        Over::Hosts => "hosts",
        Over::Vms => "vms",
        Over::Services => "services",
        Over::StorageLayers => "storage-layers",
        Over::Run => "run",
    }
}

fn spelled(over: Over) -> String {
    let which = match choice(over) {
        Which::Lost => "lost",
        Which::Affected => "affected",
        Which::Whole => "whole",
    };
    format!("{}: {which}", key(over))
}
