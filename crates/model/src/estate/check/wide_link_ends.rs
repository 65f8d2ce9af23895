//! A wide-area link has two ends and a name of its own.

use crate::diagnostic::say;
use crate::estate::places::Section;

use super::Checker;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    for (id, link) in &c.estate.wide_links {
        let ends = link.between.len();
        if ends != 2 {
            c.findings.error(
                "estate.wide-link-ends",
                c.places.field(Section::WideLinks, id.as_str(), "between"),
                say!(
                    "wide-area link `{id}` joins {ends} distinct location(s); a link has two ends",
                    "la liaison distante `{id}` joint {ends} lieu(x) distinct(s) ; une liaison a deux extrémités"
                ),
                say!("not two distinct locations", "pas deux lieux distincts"),
                say!(
                    "write `between: [a-site, another-site]`, or a room in place of a site",
                    "écrire `between: [un-site, un-autre]`, ou une salle à la place d'un site"
                ),
            );
        }
        if c.estate.links.contains_key(id) {
            let first = c.key(Section::Links, id.as_str());
            let first = c.findings.label(first, say!("the link", "le lien"));
            let found = c.findings.error(
                "estate.link-twice",
                c.key(Section::WideLinks, id.as_str()),
                say!(
                    "wide-area link `{id}` is called like an inter-room link",
                    "la liaison distante `{id}` porte le nom d'un lien intersalles"
                ),
                say!("the same name", "le même nom"),
                say!("rename one of the two", "renommer l'un des deux"),
            );
            found.also.push(first);
        }
    }
}
