//! The persons who may open an era can do so: two at least, each with a key of their own.

use std::collections::BTreeMap;

use crate::diagnostic::{Findings, say};
use crate::id::PersonId;
use crate::policy::parse::Places;
use crate::policy::{PersonRole, Policy};

pub(super) fn check(policy: &Policy, places: &Places, findings: &mut Findings<'_>) {
    let mut keys: BTreeMap<&str, &PersonId> = BTreeMap::new();
    for (id, person) in &policy.persons {
        let at = places.persons.get(id).copied().unwrap_or_default();
        if !is_key_of(id, &person.key) {
            findings.error(
                "policy.person-key",
                at,
                say!(
                    "the key of {id} is no public key of theirs",
                    "la clé de {id} n'est pas une clé publique à son nom"
                ),
                say!("`{id}+hash+base64` is expected", "`{id}+empreinte+base64` est attendu"),
                say!(
                    "paste the line that `bascule era key {id}` printed",
                    "coller la ligne affichée par `bascule era key {id}`"
                ),
            );
        }
        let public = person.key.rsplit('+').next().unwrap_or_default();
        if let Some(other) = keys.insert(public, id).filter(|_| !public.is_empty()) {
            findings.error(
                "policy.person-key-shared",
                at,
                say!(
                    "{id} and {other} have the same key: one person could sign as both",
                    "{id} et {other} ont la même clé : une personne pourrait signer pour les deux"
                ),
                say!("a key of somebody else", "la clé de quelqu'un d'autre"),
                say!("give each person their own key", "donner à chacun sa propre clé"),
            );
        }
    }
    let able = policy.persons.values().filter(|person| person.may(PersonRole::OpensEras)).count();
    if able == 1 {
        let at = places.persons.values().next().copied().unwrap_or_default();
        findings.warning(
            "policy.one-era-signer",
            at,
            say!(
                "only one person may open an era: an order needs two signatures, so none can be opened",
                "une seule personne peut ouvrir une ère : un ordre demande deux signatures, aucune ne peut donc être ouverte"
            ),
            say!("alone", "seule"),
            say!(
                "name a second person with the role `opens-eras`, and a third for holidays",
                "nommer une deuxième personne avec le rôle `opens-eras`, et une troisième pour les congés"
            ),
        );
    }
}

/// `name+hash+base64`: whether the bytes are a key is seen where it is used.
fn is_key_of(id: &PersonId, key: &str) -> bool {
    let mut parts = key.splitn(3, '+');
    let (name, hash, bytes) = (parts.next(), parts.next(), parts.next());
    name == Some(id.as_str())
        && hash.is_some_and(|hash| {
            hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
        && bytes.is_some_and(|bytes| bytes.len() == 44)
}
