use std::collections::{BTreeMap, BTreeSet};

use model::estate::service_tree::{Lowest, ServiceTree, TreeChain, TreeService};
use model::id::{ContactId, ServiceId};
use model::text::Lang;

use super::{in_days, joined, or_dash, section};
use crate::output::{Shown, Table, always};
use crate::words::{columns, service_tree as words, states};

impl Shown for ServiceTree {
    fn page(&self, lang: Lang, _wide: bool) -> String {
        let mut page = format!("{} {}\n", words::TREE.in_lang(lang), self.estate);
        if !self.lowest.is_empty() {
            page.push_str(&section(words::FIRST, lang, &look_at(self, lang)));
        }
        page.push_str(&section(words::SERVICES, lang, &branches(self, lang)));
        for chain in &self.chains {
            let (word, title) = (words::CHAIN.in_lang(lang), chain.title.in_lang(lang));
            page.push_str(&format!("\n{word} {}: {title}\n", chain.chain));
            let links = links(self, chain, lang);
            page.extend(links.lines().map(|line| format!("  {line}\n")));
        }
        let meanwhile = meanwhile(self, lang);
        if !meanwhile.is_empty() {
            page.push_str(&section(words::MEANWHILE, lang, &meanwhile));
        }
        if !self.contacts.is_empty() {
            page.push_str(&section(words::CALLED, lang, &called(self, lang)));
        }
        page
    }

    fn name(&self) -> String {
        format!("service-tree/{}", self.estate)
    }
}

/// The services to look at first, each with whom to call in this order.
fn look_at(tree: &ServiceTree, lang: Lang) -> String {
    let mut table = Table::new(vec![
        always(columns::SERVICE),
        always(columns::STATE),
        always(words::CALL),
        always(words::TAKES_ALONG),
        always(words::NOT_SEEN),
    ]);
    for Lowest { service, status, contacts, unseen, takes_along } in &tree.lowest {
        table.row(vec![
            service.to_string(),
            states::status(*status).in_lang(lang).to_owned(),
            joined(contacts.iter().map(|contact| reached(tree, contact, lang))),
            joined(takes_along),
            joined(unseen),
        ]);
    }
    table.draw(lang, false)
}

/// A contact's name, with its telephone number or else its mail address.
fn reached(tree: &ServiceTree, id: &ContactId, lang: Lang) -> String {
    let Some(contact) = tree.contacts.get(id) else { return id.to_string() };
    let by = contact.phone.as_ref().or(contact.mail.as_ref());
    let title = contact.title.in_lang(lang);
    by.map_or_else(|| title.to_owned(), |by| format!("{title} ({by})"))
}

/// The tree itself. What stands under a service that was shown before is not shown again.
fn branches(tree: &ServiceTree, lang: Lang) -> String {
    let by_id = tree.services.iter().map(|service| (&service.service, service)).collect();
    let mut drawing = Drawing { by_id, shown: BTreeSet::new(), text: String::new(), lang };
    // Chains end outside of what a single service depends on: their links are drawn too.
    let links = tree.chains.iter().flat_map(|chain| chain.links.iter().rev());
    for root in tree.roots.iter().chain(links.map(|link| &link.service)) {
        if !drawing.shown.contains(root) {
            drawing.branch(root, "", "");
        }
    }
    drawing.text
}

struct Drawing<'t> {
    by_id: BTreeMap<&'t ServiceId, &'t TreeService>,
    shown: BTreeSet<&'t ServiceId>,
    text: String,
    lang: Lang,
}

impl<'t> Drawing<'t> {
    /// One service and all below it; `first` stands before its own line, `rest` before the others.
    fn branch(&mut self, id: &'t ServiceId, first: &str, rest: &str) {
        let Some(service) = self.by_id.get(id).copied() else { return };
        self.text.push_str(first);
        if !self.shown.insert(id) {
            let again = if service.depends_on.is_empty() {
                format!("{id}\n")
            } else {
                format!("{id} {}\n", words::ABOVE.in_lang(self.lang))
            };
            self.text.push_str(&again);
            return;
        }
        self.text.push_str(&line(service, self.lang));
        let last = service.depends_on.len().saturating_sub(1);
        for (at, below) in service.depends_on.iter().enumerate() {
            let (own, others) = if at == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            self.branch(below, &format!("{rest}{own}"), &format!("{rest}{others}"));
        }
    }
}

fn line(service: &TreeService, lang: Lang) -> String {
    let mut parts = vec![
        format!("{}: {}", service.service, service.title.in_lang(lang)),
        format!("{} {}", words::TIER.in_lang(lang), service.tier),
        format!("{} {}", words::RTO.in_lang(lang), in_days(service.rto)),
    ];
    let mtpd = service.mtpd.map(|mtpd| format!("{} {}", words::MTPD.in_lang(lang), in_days(mtpd)));
    parts.extend(mtpd);
    parts.extend(service.status.map(|status| states::status(status).in_lang(lang).to_owned()));
    format!("{}\n", parts.join(", "))
}

/// A chain, link by link, in the order in which the data passes.
fn links(tree: &ServiceTree, chain: &TreeChain, lang: Lang) -> String {
    let asked = chain.links.iter().any(|link| link.status.is_some());
    let mut titles = vec![always(words::LINK), always(columns::SERVICE), always(words::ANSWERS)];
    if asked {
        titles.extend([always(columns::STATE), always(words::DOWN_TO)]);
    }
    let mut table = Table::new(titles);
    for (at, link) in chain.links.iter().enumerate() {
        let answers = link.answers.as_ref().map(|contact| reached(tree, contact, lang));
        let mut cells = vec![(at + 1).to_string(), link.service.to_string(), or_dash(answers)];
        if asked {
            let state = link.status.map(|status| states::status(status).in_lang(lang));
            cells.extend([or_dash(state), joined(&link.because_of)]);
        }
        table.row(cells);
    }
    table.draw(lang, false)
}

fn meanwhile(tree: &ServiceTree, lang: Lang) -> String {
    let modes = tree.services.iter().filter_map(|one| {
        let degraded = one.degraded.as_ref()?.in_lang(lang);
        Some(format!("{}: {degraded}\n", one.service))
    });
    modes.collect()
}

fn called(tree: &ServiceTree, lang: Lang) -> String {
    let mut table = Table::new(vec![
        always(words::CONTACT),
        always(columns::KIND),
        always(words::WHO),
        always(words::PHONE),
        always(words::MAIL),
        always(words::CALLED_FOR),
        always(words::WHEN),
    ]);
    for (id, contact) in &tree.contacts {
        let services = tree.services.iter().filter(|one| one.contacts.contains(id));
        table.row(vec![
            id.to_string(),
            words::contact(contact.kind).in_lang(lang).to_owned(),
            contact.title.in_lang(lang).to_owned(),
            or_dash(contact.phone.as_ref()),
            or_dash(contact.mail.as_ref()),
            joined(services.map(|one| &one.service)),
            or_dash(contact.when.as_ref().map(|when| when.in_lang(lang))),
        ]);
    }
    table.draw(lang, false)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use model::estate::Estate;
    use model::estate::service_tree::Health;
    use model::observation::Status;

    use super::*;

    /// The shipped hospital at night: cache 1 of the PACS is down, and the viewer with it.
    fn at_night() -> ServiceTree {
        let text = include_str!("../../../../simulations/estates/hospital.yaml");
        let (estate, _) = Estate::parse("hospital.yaml", text).unwrap();
        let down = ["pacs-cache-1", "viewer"];
        let status = |id: &ServiceId| {
            if down.contains(&id.as_str()) { Status::Down } else { Status::Up }
        };
        let health: Health = estate.services.keys().map(|id| (id.clone(), status(id))).collect();
        estate.service_tree(Some(&"viewer".into()), &health).unwrap()
    }

    #[test]
    fn the_page_says_which_link_broke_who_is_called_and_what_people_do_meanwhile() {
        let page = at_night().page(Lang::En, false);
        let line = |starts: &str| {
            let found = page.lines().map(str::trim_start).find(|line| line.starts_with(starts));
            found.unwrap_or_else(|| panic!("no line {starts} in:\n{page}")).to_owned()
        };
        let first = line("pacs-cache-1  down");
        assert!(first.contains("PACS administrator (+33 1 99 00 10 03), PACS vendor"), "{first}");
        let last_two = |line: &str| {
            let mut words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
            words.split_off(words.len() - 2)
        };
        assert_eq!(last_two(&first), ["viewer", "-"], "what falls with it, what is not seen");
        assert_eq!(last_two(&line("6")), ["down", "pacs-cache-1"], "{page}");
        assert_eq!(last_two(&line("5")), ["up", "-"], "{page}");
        assert!(line("viewer: Radiologists").contains("dictate"), "{page}");
        assert!(line("viewer: Viewer").contains("MTPD 2h, down"), "{page}");
    }

    #[test]
    fn a_service_below_several_others_is_drawn_once_and_pointed_at_afterwards() {
        let page = at_night().page(Lang::En, false);
        assert_eq!(page.matches("database: Databases").count(), 1, "{page}");
        assert!(page.contains("database (above)"), "{page}");
        assert!(at_night().page(Lang::Fr, false).contains("database (plus haut)"));
    }
}
