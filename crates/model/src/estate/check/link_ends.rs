//! A link has exactly two ends.

use crate::diagnostic::say;
use crate::estate::places::Section;

use super::Checker;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    for (id, link) in &c.estate.links {
        let ends = link.between.len();
        if ends == 2 {
            continue;
        }
        c.findings.error(
            "estate.link-ends",
            c.places.field(Section::Links, id.as_str(), "between"),
            say!(
                "link `{id}` joins {ends} distinct room(s); a link has two ends",
                "le lien `{id}` joint {ends} salle(s) distincte(s) ; un lien a deux extrémités"
            ),
            say!("not two distinct rooms", "pas deux salles distinctes"),
            say!(
                "write `between: [one-room, another-room]`; three rooms need three links",
                "écrire `between: [une-salle, une-autre]` ; trois salles demandent trois liens"
            ),
        );
    }
}
