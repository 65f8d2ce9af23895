use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::ServiceId;
use crate::text::Text;
use crate::units::Span;

/// Importance, 0 first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Tier(pub u8);

/// A service that users know by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
