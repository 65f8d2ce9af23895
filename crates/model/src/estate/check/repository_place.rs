//! A repository stands at one location, unless it serves in place.

use crate::diagnostic::say;
use crate::estate::places::Section;

use super::Checker;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    for (id, repository) in &c.estate.repositories {
        let several = repository.at.len() > 1 && repository.read.is_some();
        if repository.at.len() == 1 || (repository.at.len() > 1 && !several) {
            continue;
        }
        let at = c.places.field(Section::Repositories, id.as_str(), "at");
        if several {
            c.findings.error(
                "estate.repository-at-several-locations",
                at,
                say!(
                    "repository `{id}` stands at several locations: from which of them its media are read can't be told",
                    "le dépôt `{id}` se trouve en plusieurs lieux : on ne peut pas dire duquel ses supports sont lus"
                ),
                say!("several locations", "plusieurs lieux"),
                say!(
                    "write one repository for each; or, if it serves its data from where it stands, `serves-in: 0s` without `read`",
                    "écrire un dépôt par lieu ; ou, s'il sert ses données sur place, `serves-in: 0s` sans `read`"
                ),
            );
        } else {
            c.findings.error(
                "estate.repository-nowhere",
                at,
                say!("repository `{id}` stands nowhere", "le dépôt `{id}` n'est nulle part"),
                say!("no location", "aucun lieu"),
                say!("name a room or a site", "nommer une salle ou un site"),
            );
        }
    }
}
