//! The persons whom the policy names, with the keys that they sign with.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What a named person may put their key under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PersonRole {
    /// The order that opens an era: two of these persons sign it.
    OpensEras,
}

impl PersonRole {
    /// All roles, as written in files.
    pub const ALL: [(&'static str, Self); 1] = [("opens-eras", Self::OpensEras)];
}

/// A named person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Person {
    /// Their public key, as `bascule era key` prints it: `name+hash+base64`.
    pub key: String,
    /// What they may sign.
    pub roles: BTreeSet<PersonRole>,
}

impl Person {
    /// Whether this person may sign such a thing.
    pub fn may(&self, role: PersonRole) -> bool {
        self.roles.contains(&role)
    }
}
