//! Lint: one rule a file. A rule reads the file as written and says what is wrong, where, and
//! what to do; it never stops at its first finding.

mod always;
mod answers;
mod approval;
mod bad_condition;
mod bad_expression;
mod bad_limit;
mod bad_name;
mod blast_radius;
mod critical_path;
mod cycle;
mod dangling_need;
mod duplicate_step;
mod manual;
mod no_post_condition;
mod unknown_action;
mod unknown_use;
mod what_it_does;
mod wrong_kind;
mod wrong_set;

#[cfg(test)]
mod tests;

use model::action::ActionRow;

use crate::diagnostic::Findings;
use crate::scope::Scope;
use crate::yaml::RawFile;

/// Runs every rule. Where ids are not unique, rules that follow `needs` would speak of the wrong
/// step: they wait until that is mended.
pub(crate) fn run(file: &RawFile, catalogue: &[ActionRow], findings: &mut Findings) {
    wrong_kind::check(file, findings);
    bad_name::check(file, findings);
    duplicate_step::check(file, findings);
    let ids_are_unique = !findings.has_code("runbook/duplicate-step");
    if ids_are_unique {
        dangling_need::check(file, findings);
        cycle::check(file, findings);
    }
    what_it_does::check(file, findings);
    unknown_action::check(file, catalogue, findings);
    no_post_condition::check(file, catalogue, findings);
    wrong_set::check(file, catalogue, findings);
    bad_limit::check(file, findings);
    bad_expression::check(file, findings);
    bad_condition::check(file, findings);
    manual::check(file, findings);
    always::check(file, findings);
    if ids_are_unique && !findings.has_code("runbook/cycle") {
        critical_path::check(file, findings);
        approval::check(file, catalogue, findings);
    }
}

/// Runs the rules that ask what is known of the place where the runbook will run.
pub(crate) fn run_in(
    file: &RawFile,
    catalogue: &[ActionRow],
    scope: &Scope,
    findings: &mut Findings,
) {
    answers::check(file, catalogue, scope, findings);
    unknown_use::check(file, scope, findings);
    blast_radius::check(file, catalogue, scope, findings);
}
