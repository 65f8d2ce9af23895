//! A contact can be reached.

use crate::diagnostic::say;
use crate::estate::places::Section;

use super::Checker;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    for (id, contact) in &c.estate.contacts {
        if contact.phone.is_some() || contact.mail.is_some() {
            continue;
        }
        c.findings.error(
            "estate.contact-out-of-reach",
            c.key(Section::Contacts, id.as_str()),
            say!(
                "contact `{id}` has neither a telephone number nor a mail address: nobody can call it",
                "le contact `{id}` n'a ni téléphone ni adresse de messagerie : personne ne peut l'appeler"
            ),
            say!("no way to reach it", "aucun moyen de le joindre"),
            say!("add `phone` or `mail`", "ajouter `phone` ou `mail`"),
        );
    }
}
