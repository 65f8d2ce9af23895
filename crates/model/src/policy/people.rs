//! Who may speak for people: approve, attest, and for how long a yes counts.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::PersonId;
use crate::units::Span;

/// How many persons must say yes before Bascule acts, and who may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Approvals {
    /// So many distinct persons; never the one who asked for the act.
    pub quorum: u32,
    /// Who may, as their certificates name them; nobody named: whoever has the role of an
    /// operator.
    #[serde(default)]
    pub from: BTreeSet<PersonId>,
}

impl Default for Approvals {
    /// One person, any operator.
    fn default() -> Self {
        Self { quorum: 1, from: BTreeSet::new() }
    }
}

/// What persons may do, by name. Their roles stand in their certificates and are asked for
/// beside this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PeoplePolicy {
    /// Who may attest that a host is off; nobody named: nobody may.
    #[serde(default)]
    pub attest: BTreeSet<PersonId>,
    /// Who may approve where a class names nobody; nobody named: every operator.
    #[serde(default)]
    pub approve: BTreeSet<PersonId>,
    /// How long a yes counts, by log time. An attestation ends with its fence order.
    pub approval_valid_for: Span,
}

impl Default for PeoplePolicy {
    /// Nobody attests, every operator approves, a yes counts for half an hour.
    fn default() -> Self {
        Self {
            attest: BTreeSet::new(),
            approve: BTreeSet::new(),
            approval_valid_for: Span::from_secs(30 * 60),
        }
    }
}
