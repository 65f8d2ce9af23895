//! `uses` names means that every hospital has, or rooms, hosts and services of the estate.

use model::relied_on::{KINDS, Means, ReliedOn};

use crate::diagnostic::{Finding, Findings, Place, nearest};
use crate::scope::Scope;
use crate::yaml::RawFile;

pub(super) fn check(file: &RawFile, scope: &Scope, findings: &mut Findings) {
    for step in &file.spec.steps.value {
        for used in &step.uses {
            let place = Place::of(used.referenced, findings.text());
            let id = &step.id.value;
            match used.value.parse::<ReliedOn>() {
                Err(_) => findings.error(place, unknown(id, &used.value)),
                Ok(ReliedOn::Means(_)) => {}
                Ok(named) if scope.radius.is_none() => {
                    findings.warning(place, unjudged(id, &named))
                }
                Ok(named) if !scope.names.contains(&named) => {
                    findings.error(place, missing(id, &named, scope));
                }
                Ok(_) => {}
            }
        }
    }
}

fn unknown(id: &str, written: &str) -> Finding {
    let near = nearest(written, Means::all().map(Means::as_str))
        .map(|near| format!("did you mean `{near}`? "))
        .unwrap_or_default();
    let known: Vec<&str> = Means::all().map(Means::as_str).collect();
    let kinds: Vec<String> = KINDS.iter().map(|kind| format!("`{kind}ID`")).collect();
    Finding {
        code: "runbook/unknown-use",
        message: format!("step `{id}` uses `{written}`, which is nothing that is known here"),
        label: "not known".to_owned(),
        help: format!(
            "{near}write one of: {}; or {} as in the estate",
            known.join(", "),
            kinds.join(", ")
        ),
    }
}

fn unjudged(id: &str, named: &ReliedOn) -> Finding {
    Finding {
        code: "runbook/use-not-judged",
        message: format!(
            "whether `{named}`, which step `{id}` uses, is left when it is needed can't be told \
             without the estate"
        ),
        label: "not judged".to_owned(),
        help: "lint it with `--estate FILE`".to_owned(),
    }
}

fn missing(id: &str, named: &ReliedOn, scope: &Scope) -> Finding {
    let written = named.to_string();
    let known: Vec<String> = scope.names.iter().map(ToString::to_string).collect();
    let near = nearest(&written, known.iter().map(String::as_str))
        .map(|near| format!("did you mean `{near}`?"));
    Finding {
        code: "runbook/unknown-use",
        message: format!("step `{id}` uses `{written}`, which this estate does not have"),
        label: "not in the estate".to_owned(),
        help: near.unwrap_or_else(|| "write a room, host or service of the estate".to_owned()),
    }
}
