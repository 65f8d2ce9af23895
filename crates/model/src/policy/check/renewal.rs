//! A lease is renewed well before it ends.

use crate::diagnostic::{Findings, say};
use crate::policy::Policy;
use crate::policy::parse::Places;

pub(super) fn check(policy: &Policy, places: &Places, findings: &mut Findings<'_>) {
    let (lease, every) = (policy.lease.lease, policy.lease.renew_every);
    if every.as_millis() == 0 || every >= lease {
        findings.error(
            "policy.renewal-too-late",
            places.renew_every,
            say!(
                "a lease of {lease} renewed every {every} ends between two renewals: healthy hosts would stop",
                "un bail de {lease} renouvelé toutes les {every} finit entre deux renouvellements : des hôtes sains s'arrêteraient"
            ),
            say!("not below the lease", "pas plus court que le bail"),
            say!(
                "renew at least three times in a lease",
                "renouveler au moins trois fois par bail"
            ),
        );
    } else if every.as_millis().saturating_mul(3) > lease.as_millis() {
        findings.warning(
            "policy.renewal-rare",
            places.renew_every,
            say!(
                "a lease of {lease} renewed every {every} survives at most one lost renewal",
                "un bail de {lease} renouvelé toutes les {every} survit à un renouvellement perdu au plus"
            ),
            say!("rare", "rare"),
            say!(
                "renew at least three times in a lease",
                "renouveler au moins trois fois par bail"
            ),
        );
    }
    if policy.lease.promise.as_millis() == 0 {
        findings.error(
            "policy.empty-promise",
            places.promise,
            say!(
                "a promise that lasts no time keeps no host running without controllers",
                "une promesse qui ne dure pas ne garde aucun hôte en marche sans contrôleurs"
            ),
            say!("no time at all", "aucune durée"),
            say!("write for example `promise: 20s`", "écrire par exemple `promise: 20s`"),
        );
    }
}
