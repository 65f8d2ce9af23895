use serde::{Deserialize, Serialize};

use crate::text::Text;

/// What a contact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContactKind {
    /// Whoever is on duty.
    Role,
    /// One person.
    Person,
    /// Another firm.
    Supplier,
}

/// Whom to call when a service is down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// For people.
    pub title: Text,
    /// What it is.
    pub kind: ContactKind,
    /// Its telephone number, as it is dialled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Its mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// When it answers, and under which contract; none: at any hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Text>,
}
