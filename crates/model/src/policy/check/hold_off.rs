//! A hold-off gives a cut room time to come back. Armed hosts do not wait for it: they stop when
//! their lease ends, so that a hold-off beyond L only makes users wait.

use crate::diagnostic::{Findings, say};
use crate::estate::Estate;
use crate::incident::IncidentClass;
use crate::policy::parse::Places;
use crate::policy::{Autonomy, Policy};

pub(super) fn check(
    policy: &Policy,
    places: &Places,
    estate: &Estate,
    findings: &mut Findings<'_>,
) {
    let armed = estate
        .hosts
        .values()
        .filter(|host| host.watchdog.is_some_and(|watchdog| watchdog.armed))
        .count();
    if armed == 0 {
        return;
    }
    let lease = policy.lease.lease;
    for class in [IncidentClass::HostLost, IncidentClass::RoomLost] {
        let row = policy.class(class);
        let hold_off = row.hold_off;
        if row.autonomy == Autonomy::Observe || hold_off <= lease {
            continue;
        }
        findings.warning(
            "policy.hold-off-beyond-lease",
            places.hold_offs.get(&class).copied().unwrap_or_default(),
            say!(
                "`{class}` is held off for {hold_off}, but the {armed} armed hosts of the estate stop by themselves when their lease of {lease} ends: beyond it the hold-off protects nothing in a cut room",
                "`{class}` est retenu pendant {hold_off}, mais les {armed} hôtes armés du parc s'arrêtent d'eux-mêmes à la fin de leur bail de {lease} : au-delà, l'attente ne protège rien dans une salle coupée"
            ),
            say!("longer than the lease", "plus long que le bail"),
            say!(
                "shorten the hold-off to {lease}, lengthen the lease, or disarm the hosts and accept slower fencing",
                "réduire l'attente à {lease}, allonger le bail, ou désarmer les hôtes et accepter un isolement plus lent"
            ),
        );
    }
}
