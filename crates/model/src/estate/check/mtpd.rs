//! A service is promised back before its absence does harm.

use crate::diagnostic::say;
use crate::estate::places::Section;

use super::Checker;
use super::naming::some_of;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    let services = &c.estate.services;
    let late: Vec<String> = services
        .iter()
        .filter(|(_, service)| service.mtpd.is_some_and(|mtpd| mtpd < service.rto))
        .map(|(id, _)| id.to_string())
        .collect();
    for group in c.by_entry(Section::Services, late) {
        let Some(first) = group.first() else { continue };
        let Some(service) = services.get(&first.as_str().into()) else { continue };
        let (rto, mtpd) = (service.rto, service.mtpd.unwrap_or_default());
        let (en, fr) = some_of(&group);
        c.findings.error(
            "estate.mtpd-below-rto",
            c.places.field(Section::Services, first, "mtpd"),
            say!(
                "the absence of service {en} does harm after {mtpd}, and it is promised back only after {rto}",
                "l'absence du service {fr} nuit au bout de {mtpd}, et son retour n'est promis qu'au bout de {rto}"
            ),
            say!("below the RTO of {rto}", "sous le RTO de {rto}"),
            say!(
                "shorten `rto` to {mtpd} or less, or say that people can do without it for longer",
                "ramener `rto` à {mtpd} ou moins, ou dire qu'on peut s'en passer plus longtemps"
            ),
        );
    }
}
