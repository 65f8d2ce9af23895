//! What must hold of a policy, one rule per file.

mod approvals;
mod attesting;
mod hold_off;
mod pause;
mod persons;
mod readiness_checks;
mod renewal;
mod runbook;
mod waivers;
mod watchdog;

use super::Policy;
use super::parse::Places;
use crate::diagnostic::Findings;
use crate::estate::Estate;

/// Runs every rule; those about an estate only when there is one.
pub(super) fn all(
    policy: &Policy,
    places: &Places,
    estate: Option<&Estate>,
    findings: &mut Findings<'_>,
) {
    runbook::check(policy, places, findings);
    renewal::check(policy, places, findings);
    approvals::check(policy, places, findings);
    attesting::alone(policy, places, findings);
    pause::check(policy, places, findings);
    persons::check(policy, places, findings);
    readiness_checks::ends(policy, places, findings);
    if let Some(estate) = estate {
        watchdog::check(policy, places, estate, findings);
        hold_off::check(policy, places, estate, findings);
        attesting::nobody(policy, places, estate, findings);
        waivers::check(places, estate, findings);
        readiness_checks::in_known_rooms(policy, places, estate, findings);
    }
}
