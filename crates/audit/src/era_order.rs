//! The signed order that opens an era: a signed note whose text is a line that says what it is,
//! and the order as JSON that a person can read. Its hash is part of the new era's id.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use sha2::{Digest, Sha256};

use model::era_order::EraOrder;
use model::id::PersonId;
use model::policy::{Person, PersonRole};

use crate::bundle::command;
use crate::hash::Hash;
use crate::leaf_view::LeafView;
use crate::note::{NoteError, NoteSigner, NoteVerifier, SignatureCheck, SignedNote};

/// The first line of every order.
const TITLE: &str = "bascule era order, format 1";

/// How many persons sign.
pub const SIGNERS: usize = 2;

/// An order with the signatures under it, however many there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedOrder {
    order: EraOrder,
    note: SignedNote,
}

/// Why an order can't be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// It is no note.
    #[error("this is no order to open an era: {0}")]
    Note(#[source] NoteError),
    /// Its text is not an order in its one spelling.
    #[error("this is no order to open an era, or it was altered: draft it again")]
    NotAnOrder,
    /// The order can't be written.
    #[error("the order can't be written: {reason}")]
    Unwritable {
        /// Why.
        reason: String,
    },
    /// The same person again.
    #[error(
        "{person} has signed this order already: the second signature must be another person's"
    )]
    OnePersonTwice {
        /// Who.
        person: String,
    },
    /// A signature that no named person's key stands behind.
    #[error(
        "the signature of {signer} is by a key that the policy does not name: only the persons \
         under `persons:` with the role `opens-eras` can sign"
    )]
    UnknownKey {
        /// The name beside the signature.
        signer: String,
    },
    /// The person has no such role.
    #[error("{person} is named in the policy, but without the role `opens-eras`")]
    NotTheirs {
        /// Who.
        person: PersonId,
    },
    /// The order was changed after it was signed.
    #[error("the signature of {signer} is not over this order: it was changed after they signed")]
    Invalid {
        /// Who.
        signer: String,
    },
    /// Too few.
    #[error("{found} of {SIGNERS} persons have signed this order: it opens nothing yet")]
    TooFew {
        /// How many.
        found: usize,
    },
}

impl SignedOrder {
    /// An order that nobody has signed yet.
    pub fn draft(order: EraOrder) -> Result<Self, OrderError> {
        let note = SignedNote::new(text_of(&order)?).map_err(OrderError::Note)?;
        Ok(Self { order, note })
    }

    /// Reads an order, signed or not.
    pub fn parse(text: &str) -> Result<Self, OrderError> {
        let note = match text.parse::<SignedNote>() {
            Ok(note) => note,
            Err(NoteError::NoSignatures) => {
                let bare = format!("{}\n", text.trim_end_matches('\n'));
                SignedNote::new(bare).map_err(OrderError::Note)?
            }
            Err(error) => return Err(OrderError::Note(error)),
        };
        let body = note.text().strip_prefix(TITLE).ok_or(OrderError::NotAnOrder)?;
        let order: EraOrder = serde_json::from_str(body).map_err(|_| OrderError::NotAnOrder)?;
        // One spelling: what is read must be what was signed, to the byte.
        if text_of(&order)? != note.text() {
            return Err(OrderError::NotAnOrder);
        }
        Ok(Self { order, note })
    }

    /// The order in the first leaf of the era that it opened.
    pub fn of_leaf(leaf: &[u8]) -> Option<Self> {
        let view = LeafView::read(leaf).filter(|leaf| leaf.kind == command::ERA_OPENED)?;
        let opening: serde_json::Value = view.field("opening")?;
        Self::parse(opening.get("order")?.as_str()?).ok()
    }

    /// The order.
    pub fn order(&self) -> &EraOrder {
        &self.order
    }

    /// The hash of the order without its signatures.
    pub fn hash(&self) -> Hash {
        Hash(Sha256::digest(self.note.text()).into())
    }

    /// The names beside the signatures, in order, checked or not.
    pub fn signers(&self) -> impl Iterator<Item = &str> {
        self.note.signatures().iter().map(|signature| signature.name.as_str())
    }

    /// Adds a person's signature.
    pub fn sign(&mut self, signer: &NoteSigner) -> Result<(), OrderError> {
        let person = signer.name().as_str();
        if self.signers().any(|name| name == person) {
            return Err(OrderError::OnePersonTwice { person: person.to_owned() });
        }
        self.note.add(signer.sign(self.note.text()));
        Ok(())
    }

    /// The two persons who signed, once each signature is checked against the persons whom the
    /// policy names.
    pub fn signed_by(
        &self,
        persons: &BTreeMap<PersonId, Person>,
    ) -> Result<BTreeSet<PersonId>, OrderError> {
        let keys: Vec<NoteVerifier> =
            persons.values().filter_map(|person| person.key.parse().ok()).collect();
        let mut signed = BTreeSet::new();
        for (signature, check) in self.note.check(&keys) {
            let signer = signature.name.to_string();
            let id = PersonId(signer.clone());
            match check {
                SignatureCheck::UnknownKey => return Err(OrderError::UnknownKey { signer }),
                SignatureCheck::Invalid => return Err(OrderError::Invalid { signer }),
                SignatureCheck::Valid => {}
            }
            if !persons.get(&id).is_some_and(|person| person.may(PersonRole::OpensEras)) {
                return Err(OrderError::NotTheirs { person: id });
            }
            if !signed.insert(id) {
                return Err(OrderError::OnePersonTwice { person: signer });
            }
        }
        if signed.len() < SIGNERS {
            return Err(OrderError::TooFew { found: signed.len() });
        }
        Ok(signed)
    }
}

impl fmt::Display for SignedOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.note, f)
    }
}

fn text_of(order: &EraOrder) -> Result<String, OrderError> {
    let json = serde_json::to_string_pretty(order)
        .map_err(|error| OrderError::Unwritable { reason: error.to_string() })?;
    Ok(format!("{TITLE}\n{json}\n"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::note::KeyName;
    use model::era::Era;
    use model::era_order::{OldLog, OpenedFrom};
    use model::id::ControllerId;

    fn order() -> EraOrder {
        EraOrder {
            cluster: "ward".to_owned(),
            era: Era(1),
            from: OpenedFrom::Survivor,
            controller: ControllerId(3),
            room: "c".into(),
            old: OldLog {
                era: Era(0),
                origin: "bascule/ward/era-0".to_owned(),
                size: 7,
                root: "00".to_owned(),
            },
            hosts: Vec::new(),
            channels: Vec::new(),
            statement: "Both rooms burned.\nWe stood before them.".to_owned(),
            reason: "fire".to_owned(),
        }
    }

    fn signer(name: &str, seed: u8) -> NoteSigner {
        NoteSigner::from_seed(KeyName::new(name).unwrap(), [seed; 32])
    }

    fn person(of: &NoteSigner, roles: &[PersonRole]) -> (PersonId, Person) {
        let roles = roles.iter().copied().collect();
        (of.name().as_str().into(), Person { key: of.verifier().to_string(), roles })
    }

    fn persons() -> BTreeMap<PersonId, Person> {
        BTreeMap::from([
            person(&signer("claire", 1), &[PersonRole::OpensEras]),
            person(&signer("marc", 2), &[PersonRole::OpensEras]),
            person(&signer("paul", 3), &[]),
        ])
    }

    #[test]
    fn two_named_persons_sign_and_the_file_keeps_it() {
        let mut signed = SignedOrder::draft(order()).unwrap();
        let hash = signed.hash();
        let drafted = SignedOrder::parse(&signed.to_string()).unwrap();
        assert_eq!(drafted, signed);
        signed.sign(&signer("claire", 1)).unwrap();
        assert_eq!(signed.signed_by(&persons()), Err(OrderError::TooFew { found: 1 }));
        let mut signed = SignedOrder::parse(&signed.to_string()).unwrap();
        signed.sign(&signer("marc", 2)).unwrap();
        let signed = SignedOrder::parse(&signed.to_string()).unwrap();
        assert_eq!(signed.hash(), hash, "signatures do not change what is signed");
        let by: Vec<String> =
            signed.signed_by(&persons()).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(by, ["claire", "marc"]);
    }

    #[test]
    fn one_person_does_not_sign_twice() {
        let mut signed = SignedOrder::draft(order()).unwrap();
        signed.sign(&signer("claire", 1)).unwrap();
        let again = signed.sign(&signer("claire", 9));
        assert_eq!(again, Err(OrderError::OnePersonTwice { person: "claire".to_owned() }));
        let text = signed.to_string();
        let line = text.lines().last().unwrap();
        let doubled = SignedOrder::parse(&format!("{text}{line}\n")).unwrap();
        assert_eq!(
            doubled.signed_by(&persons()),
            Err(OrderError::OnePersonTwice { person: "claire".to_owned() })
        );
    }

    #[test]
    fn who_is_not_named_or_has_another_key_does_not_sign() {
        for (stranger, expected) in [
            (signer("eve", 9), OrderError::UnknownKey { signer: "eve".to_owned() }),
            (signer("marc", 9), OrderError::UnknownKey { signer: "marc".to_owned() }),
            (signer("paul", 3), OrderError::NotTheirs { person: "paul".into() }),
        ] {
            let mut signed = SignedOrder::draft(order()).unwrap();
            signed.sign(&signer("claire", 1)).unwrap();
            signed.sign(&stranger).unwrap();
            assert_eq!(signed.signed_by(&persons()), Err(expected));
        }
    }

    #[test]
    fn a_word_changed_after_signing_is_found() {
        let mut signed = SignedOrder::draft(order()).unwrap();
        signed.sign(&signer("claire", 1)).unwrap();
        signed.sign(&signer("marc", 2)).unwrap();
        let changed = signed.to_string().replace("\"reason\": \"fire\"", "\"reason\": \"rain\"");
        let changed = SignedOrder::parse(&changed).unwrap();
        let found = changed.signed_by(&persons());
        assert_eq!(found, Err(OrderError::Invalid { signer: "claire".to_owned() }));
        let padded = signed.to_string().replace("\"size\": 7", "\"size\":  7");
        assert_eq!(SignedOrder::parse(&padded), Err(OrderError::NotAnOrder));
    }
}
