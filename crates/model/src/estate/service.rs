use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::{ContactId, ServiceId};
use crate::text::Text;
use crate::units::Span;

/// Importance, 0 first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Tier(pub u8);

/// A service that users know by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// For people.
    pub title: Text,
    /// Its importance.
    pub tier: Tier,
    /// Recovery time objective.
    pub rto: Span,
    /// Recovery point objective.
    pub rpo: Span,
    /// Services that must run before.
    pub depends_on: BTreeSet<ServiceId>,
    /// User-level probe, if there is one.
    pub probe: Option<Probe>,
    /// Maximum tolerable period of disruption: past it the hospital is harmed. Never below the
    /// recovery time objective.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtpd: Option<Span>,
    /// Who is called when it is down, in this order. The first one answers for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<ContactId>,
    /// What people do while it is down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degraded: Option<Text>,
}

/// A probe of a service, as a user would reach it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Probe {
    /// A TCP connection is accepted.
    Tcp {
        /// `host:port`, or the name of an endpoint.
        address: String,
    },
    /// An HTTP GET answers with a status below 400.
    Http {
        /// `http://host:port/path`.
        url: String,
    },
    /// A Nagios plugin: exit code 0 up, 1 warning, 2 down, 3 unknown; text; perfdata after `|`.
    Nagios {
        /// The program.
        command: String,
        /// Its arguments.
        #[serde(default)]
        args: Vec<String>,
    },
}
