//! A service does not depend on one that matters less.

use crate::diagnostic::say;
use crate::estate::places::Section;

use super::Checker;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    for (id, service) in &c.estate.services {
        for other in &service.depends_on {
            let Some(needed) = c.estate.services.get(other) else { continue };
            let (tier, below) = (service.tier.0, needed.tier.0);
            if below <= tier {
                continue;
            }
            c.findings.warning(
                "estate.tier-inversion",
                c.places.item(Section::Services, id.as_str(), &["depends-on"], other.as_str()),
                say!(
                    "service `{id}` (tier {tier}) depends on `{other}` (tier {below}), which may be left down first",
                    "le service `{id}` (niveau {tier}) dépend de `{other}` (niveau {below}), qui peut être sacrifié avant lui"
                ),
                say!("tier {below}", "niveau {below}"),
                say!(
                    "give `{other}` tier {tier}, or take the dependency out",
                    "donner à `{other}` le niveau {tier}, ou retirer la dépendance"
                ),
            );
        }
    }
}
