//! Where only a distance is known, whoever drives it has a speed.

use crate::diagnostic::say;
use crate::estate::Away;
use crate::estate::places::Section;

use super::Checker;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    let by_distance = c.estate.sites.iter().find(|(_, site)| {
        let mut ways = site.away.iter().chain(site.to.values());
        ways.any(|way| matches!(way, Away::Distance(_)))
    });
    let Some((site, _)) = by_distance else { return };
    for (id, _) in c.estate.couriers.iter().filter(|(_, courier)| courier.speed.is_none()) {
        c.findings.error(
            "estate.courier-without-speed",
            c.key(Section::Couriers, id.as_str()),
            say!(
                "courier `{id}` has no `speed`, and of site `{site}` only the distance is known: how long the way takes can't be told",
                "le coursier `{id}` n'a pas de vitesse (`speed`), et du site `{site}` on ne connaît que la distance : la durée du trajet est inconnue"
            ),
            say!("no speed", "aucune vitesse"),
            say!(
                "write `speed: 50km/h` here, or `drive` in place of `distance` there",
                "écrire ici `speed: 50km/h`, ou là-bas `drive` à la place de `distance`"
            ),
        );
    }
}
