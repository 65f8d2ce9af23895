//! A readiness check is made somewhere and ends.

use crate::diagnostic::{Findings, say};
use crate::estate::Estate;
use crate::policy::Policy;
use crate::policy::parse::Places;

/// What never has the time to end proves nothing.
pub(super) fn ends(policy: &Policy, places: &Places, findings: &mut Findings<'_>) {
    for (id, check) in &policy.readiness_checks {
        let at = places.readiness_checks.get(id).copied().unwrap_or_default();
        let (every, timeout) = (check.every, check.timeout);
        if every.as_millis() == 0 || timeout.as_millis() == 0 || timeout > every {
            findings.error(
                "policy.readiness-check-never-ends",
                at,
                say!(
                    "the readiness check `{id}` is made every {every} and may take {timeout}: it must end before the next one begins",
                    "le contrôle de préparation `{id}` se fait toutes les {every} et peut durer {timeout} : il doit finir avant que le suivant commence"
                ),
                say!("`timeout` above `every`, or no time at all", "`timeout` au-dessus de `every`, ou aucune durée"),
                say!("write for example `every: 1h, timeout: 60s`", "écrire par exemple `every: 1h, timeout: 60s`"),
            );
        }
    }
}

/// A check in a room that is not there is made by nobody.
pub(super) fn in_known_rooms(
    policy: &Policy,
    places: &Places,
    estate: &Estate,
    findings: &mut Findings<'_>,
) {
    for (id, check) in &policy.readiness_checks {
        let room = &check.room;
        if estate.rooms.contains_key(room) {
            continue;
        }
        findings.error(
            "policy.readiness-check-nowhere",
            places.readiness_checks.get(id).copied().unwrap_or_default(),
            say!(
                "the readiness check `{id}` is to be made in room `{room}`, which the estate does not have",
                "le contrôle de préparation `{id}` est à faire en salle `{room}`, absente du parc"
            ),
            say!("no such room", "aucune salle de ce nom"),
            say!("name a room of the estate", "nommer une salle du parc"),
        );
    }
}
