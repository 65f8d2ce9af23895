//! The wait for a silent host outlasts its watchdog.

use crate::diagnostic::{Findings, say};
use crate::estate::Estate;
use crate::policy::Policy;
use crate::policy::parse::Places;

pub(super) fn check(
    policy: &Policy,
    places: &Places,
    estate: &Estate,
    findings: &mut Findings<'_>,
) {
    let counted = policy.lease.watchdog;
    let slow = estate
        .hosts
        .iter()
        .filter_map(|(id, host)| host.watchdog.map(|watchdog| (watchdog.timeout, id)))
        .filter(|(timeout, _)| *timeout > counted)
        .max();
    let Some((timeout, host)) = slow else { return };
    findings.error(
        "policy.watchdog-slower-than-counted",
        places.watchdog,
        say!(
            "the policy counts on watchdogs of {counted}, but that of host `{host}` fires after {timeout}: its VMs could be restarted while it still runs them",
            "la politique compte sur des chiens de garde de {counted}, mais celui de l'hôte `{host}` agit après {timeout} : ses VM pourraient redémarrer alors qu'il les fait encore tourner"
        ),
        say!("shorter than `{host}`'s", "plus court que celui de `{host}`"),
        say!(
            "write `watchdog: {timeout}` here, or set a shorter timeout on the host",
            "écrire ici `watchdog: {timeout}`, ou régler un délai plus court sur l'hôte"
        ),
    );
}
