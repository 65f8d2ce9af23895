//! What services depend on, who is called, what people do meanwhile.

use model::estate::ContactKind;

use super::{Word, words};

words! {
    TREE: "Service tree of", "Arbre des services de";
    FIRST: "What to look at first", "À regarder d'abord";
    SERVICES: "Services, with what they depend on", "Services, avec ce dont ils dépendent";
    ABOVE: "(above)", "(plus haut)";
    TIER: "tier", "niveau";
    RTO: "RTO", "RTO";
    MTPD: "MTPD", "DMIA";
    CHAIN: "Chain", "Chaîne";
    LINK: "LINK", "MAILLON";
    ANSWERS: "ANSWERS FOR IT", "EN RÉPOND";
    DOWN_TO: "DOWN TO", "À CAUSE DE";
    CALL: "CALL", "APPELER";
    TAKES_ALONG: "TAKES ALONG", "ENTRAÎNE";
    NOT_SEEN: "NOT SEEN BELOW IT", "PAS VU EN DESSOUS";
    MEANWHILE: "What people do while it is down", "Ce qu'on fait en attendant";
    CALLED: "Who is called", "Qui est appelé";
    CONTACT: "CONTACT", "CONTACT";
    WHO: "WHO", "QUI";
    PHONE: "PHONE", "TÉLÉPHONE";
    MAIL: "MAIL", "MESSAGERIE";
    WHEN: "WHEN", "QUAND";
    CALLED_FOR: "CALLED FOR", "APPELÉ POUR";
    ROLE: "role", "fonction";
    PERSON: "person", "personne";
    SUPPLIER: "supplier", "fournisseur";
}

/// What a contact is.
pub(crate) fn contact(kind: ContactKind) -> Word {
    match kind {
        ContactKind::Role => ROLE,
        ContactKind::Person => PERSON,
        ContactKind::Supplier => SUPPLIER,
    }
}
