//! From a file to a runbook.

use model::action::{CATALOGUE, Over};
use model::manual::ManualTask;
use model::text::Text;
use model::units::Span;
use serde_saphyr::Error;

use crate::diagnostic::{Diagnostic, Finding, Findings, Place, Severity, nearest};
use crate::format::{Approval, ForEach, Limits, Objectives, Retry, Runbook, Step};
use crate::lint;
use crate::scope::Scope;
use crate::yaml::{RawFile, RawForEach, RawRetry, RawStep};

/// How long an attempt may take where neither the step nor the defaults say it.
const DEFAULT_TIMEOUT: Span = Span::from_secs(300);

/// A file read: what it holds, if it can run, and everything found in it.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The runbook; none if there is an error.
    pub runbook: Option<Runbook>,
    /// Errors and warnings, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads and lints a file; its errors if it has any.
pub fn parse(file_name: &str, text: &str) -> Result<Runbook, Vec<Diagnostic>> {
    parse_in(file_name, text, &Scope::default())
}

/// Reads and lints a file with what is known of the place where it will run.
pub fn parse_in(file_name: &str, text: &str, scope: &Scope) -> Result<Runbook, Vec<Diagnostic>> {
    let Reading { runbook, diagnostics } = read_in(file_name, text, scope);
    runbook.ok_or_else(|| {
        diagnostics.into_iter().filter(|one| one.severity == Severity::Error).collect()
    })
}

/// Reads and lints a file: the runbook if it can run, with warnings as well as errors.
pub fn read(file_name: &str, text: &str) -> Reading {
    read_in(file_name, text, &Scope::default())
}

/// Reads and lints a file with what is known of the place where it will run.
pub fn read_in(file_name: &str, text: &str, scope: &Scope) -> Reading {
    let mut findings = Findings::new(file_name, text);
    let file = match serde_saphyr::from_str::<RawFile>(text) {
        Ok(file) => file,
        Err(error) => {
            let (place, finding) = explain(&error, text);
            findings.error(place, finding);
            return Reading { runbook: None, diagnostics: findings.into_vec() };
        }
    };
    lint::run(&file, CATALOGUE, &mut findings);
    lint::run_in(&file, CATALOGUE, scope, &mut findings);
    let runbook = if findings.has_errors() { None } else { Some(build(file)) };
    Reading { runbook, diagnostics: findings.into_vec() }
}

fn build(file: RawFile) -> Runbook {
    let text = |raw: Option<_>| raw.map_or_else(Text::default, Text::from);
    let defaults = file.spec.defaults;
    let steps = file.spec.steps.value.into_iter().filter_map(|raw| {
        let for_each = if raw.is_of_the_run() { ForEach::run() } else { for_each(&raw.for_each)? };
        let action = raw.row_name()?.to_owned();
        let RawStep {
            id,
            title,
            approval,
            manual,
            when,
            needs,
            uses,
            verify,
            timeout,
            retry,
            on_failure,
            expect,
            always,
            ..
        } = raw;
        Some(Step {
            id: id.value.into(),
            title: title.map(Text::from),
            action,
            approval: approval.map(|approval| Approval {
                from: approval.value.from.into_iter().map(|one| one.value).collect(),
                quorum: approval.value.quorum.value,
            }),
            manual: manual.map(|manual| ManualTask {
                role: manual.value.role.value,
                quorum: manual.value.quorum.map_or(1, |quorum| quorum.value),
                evidence: manual.value.evidence,
                text: manual.value.text.into(),
            }),
            when: when.map(|when| when.value),
            needs: needs.into_iter().map(|need| need.value.into()).collect(),
            for_each,
            uses: uses.iter().filter_map(|one| one.value.parse().ok()).collect(),
            verify: verify.map(|verify| verify.value),
            timeout: timeout
                .as_ref()
                .or(defaults.timeout.as_ref())
                .map_or(DEFAULT_TIMEOUT, |timeout| timeout.value),
            retry: retry.as_ref().or(defaults.retry.as_ref()).map(self::retry).unwrap_or_default(),
            on_failure: on_failure.or(defaults.on_failure).unwrap_or_default(),
            expect: expect.map(|expect| expect.value),
            always,
        })
    });
    Runbook {
        steps: steps.collect(),
        name: file.metadata.name.value.into(),
        title: file.metadata.title.into(),
        purpose: text(file.metadata.purpose),
        before: text(file.metadata.before),
        reach: text(file.metadata.reach),
        undo: text(file.metadata.undo),
        answers: file
            .spec
            .answers
            .map(|answers| answers.value.into_iter().map(|one| one.value).collect())
            .unwrap_or_default(),
        objectives: Objectives {
            rto: file.spec.objectives.rto.map(|rto| rto.value),
            rpo: file.spec.objectives.rpo,
        },
    }
}

fn retry(raw: &RawRetry) -> Retry {
    let default = Retry::default();
    Retry { attempts: raw.attempts.value, backoff: raw.backoff.unwrap_or(default.backoff) }
}

/// The one set of a step; lint has refused none and several.
fn for_each(raw: &RawForEach) -> Option<ForEach> {
    let (over, which) = [
        (Over::Hosts, &raw.hosts),
        (Over::Vms, &raw.vms),
        (Over::Services, &raw.services),
        (Over::StorageLayers, &raw.storage_layers),
    ]
    .into_iter()
    .find_map(|(over, which)| which.as_ref().map(|which| (over, which.value)))?;
    Some(ForEach {
        over,
        which,
        order: raw.order.as_ref().map(|order| order.value).unwrap_or_default(),
        up_to_tier: raw.up_to_tier.as_ref().map(|tier| tier.value),
        limits: Limits {
            at_once: raw.at_once.as_ref().map(|limit| limit.value),
            per_host: raw.per_host.as_ref().map(|limit| limit.value),
            per_volume: raw.per_volume.as_ref().map(|limit| limit.value),
        },
    })
}

/// The parser's error in the words of this format.
fn explain(error: &Error, text: &str) -> (Place, Finding) {
    let place = match error.location() {
        Some(location) => Place::of(location, text),
        None => Place { offset: 0, len: 1 },
    };
    let finding = match error.without_snippet() {
        Error::SerdeUnknownField { field, expected, .. } => {
            let keys = expected.join(", ");
            let near = nearest(field, expected.iter().copied())
                .map(|near| format!("did you mean `{near}`? "))
                .unwrap_or_default();
            Finding {
                code: "runbook/unknown-key",
                message: format!("`{field}` is not a key that is known here"),
                label: "unknown key".to_owned(),
                help: format!("{near}the keys here are: {keys}"),
            }
        }
        Error::SerdeMissingField { field, .. } => Finding {
            code: "runbook/missing-key",
            message: format!("the key `{field}` is missing"),
            label: format!("`{field}` is needed in this block"),
            help: format!("add `{field}:`"),
        },
        Error::SerdeUnknownVariant { variant, expected, .. } => Finding {
            code: "runbook/unknown-word",
            message: format!("`{variant}` is not one of the words that are known here"),
            label: "unknown word".to_owned(),
            help: format!("write one of: {}", expected.join(", ")),
        },
        Error::DuplicateMappingKey { key, .. } => Finding {
            code: "runbook/duplicate-key",
            message: format!("the key `{}` is written twice", key.as_deref().unwrap_or("?")),
            label: "second time".to_owned(),
            help: "keep one of the two".to_owned(),
        },
        other => Finding {
            code: "runbook/unreadable",
            message: format!("this can't be read: {}", plain(&other.to_string())),
            label: "here".to_owned(),
            help: "runbooks/FORMAT.md describes the format, the files beside it are examples"
                .to_owned(),
        },
    };
    (place, finding)
}

/// The parser's words without its own note of the place, which the underline shows.
fn plain(words: &str) -> &str {
    let first = words.lines().next().unwrap_or(words);
    first.split(" at line ").next().unwrap_or(first)
}
