//! A chain has links, each once, and somebody answers for each.

use std::collections::BTreeSet;

use crate::diagnostic::say;
use crate::estate::places::Section;

use super::Checker;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    for (id, chain) in &c.estate.chains {
        if chain.links.len() < 2 {
            c.findings.error(
                "estate.chain-too-short",
                c.places.field(Section::Chains, id.as_str(), "links"),
                say!(
                    "chain `{id}` hands nothing on: it has fewer than two links",
                    "la chaîne `{id}` ne transmet rien : elle a moins de deux maillons"
                ),
                say!("fewer than two links", "moins de deux maillons"),
                say!(
                    "name the services in the order in which the data passes",
                    "nommer les services dans l'ordre où passent les données"
                ),
            );
        }
        let mut seen = BTreeSet::new();
        for link in &chain.links {
            let at = c.places.item(Section::Chains, id.as_str(), &["links"], link.as_str());
            if !seen.insert(link) {
                c.findings.error(
                    "estate.chain-link-twice",
                    at,
                    say!(
                        "chain `{id}` names the service `{link}` twice",
                        "la chaîne `{id}` nomme deux fois le service `{link}`"
                    ),
                    say!("also elsewhere in this chain", "aussi ailleurs dans cette chaîne"),
                    say!(
                        "keep it where the data passes first",
                        "le garder là où les données passent d'abord"
                    ),
                );
                continue;
            }
            let Some(service) = c.estate.services.get(link) else { continue };
            if service.contacts.is_empty() {
                c.findings.warning(
                    "estate.chain-link-without-contact",
                    at,
                    say!(
                        "nobody answers for the link `{link}` of chain `{id}`: when it breaks at night, whom to call is not written",
                        "personne ne répond du maillon `{link}` de la chaîne `{id}` : s'il casse la nuit, qui appeler n'est pas écrit"
                    ),
                    say!("no contact", "aucun contact"),
                    say!(
                        "give service `{link}` its `contacts`, who answers for it first",
                        "donner au service `{link}` ses `contacts`, en premier qui en répond"
                    ),
                );
            }
        }
    }
}
