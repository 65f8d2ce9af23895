//! Who a node or person is: written as a URI in the certificate, read back on every connection.
//!
//! Two names stand in a certificate. The URI (`bascule://clinic/controller/1?room=a`) says who
//! the holder is, and servers read it from their callers. The DNS name
//! (`controller-1.bascule.internal`) is what callers verify, because the addresses that they dial
//! are relays and loopbacks that say nothing about who answers.

mod certificate;
mod label;
mod uri;

use std::collections::BTreeSet;
use std::fmt;

use model::id::{ControllerId, HostId, PersonId, RoomId};

pub use certificate::{
    IdentityError, identity_of, peer_identity, require_agent, require_controller, require_person,
};
pub(crate) use label::label;
pub use uri::UriError;

/// Under which all DNS names of nodes are. `.internal` is reserved for private use: no public
/// name server ever answers for it.
const DOMAIN: &str = "bascule.internal";

/// Who holds a certificate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// A controller, and the room that it stands in.
    Controller(ControllerId, RoomId),
    /// The agent of a host.
    Agent(HostId),
    /// A person or a script that acts for one.
    Person {
        /// Their name.
        name: PersonId,
        /// What they may do, as the server's authorisation names it.
        roles: BTreeSet<String>,
    },
    /// The guardian beside a controller.
    Guardian(ControllerId),
    /// The devices of a twin room: management controllers, arrays, switch.
    Device(RoomId),
}

impl Identity {
    /// The identity as it stands in a certificate of this cluster.
    pub fn to_uri(&self, cluster: &str) -> String {
        uri::write(self, cluster)
    }

    /// Reads back what [`Identity::to_uri`] writes: the cluster and the identity.
    pub fn from_uri(text: &str) -> Result<(String, Self), UriError> {
        uri::read(text)
    }

    /// The name that callers verify; none for a person, whom nobody calls.
    pub fn dns_name(&self) -> Option<String> {
        match self {
            Self::Person { .. } => None,
            _ => Some(server_name(self.kind(), &self.id())),
        }
    }

    /// The name of the folder that holds its certificate and key: `controller-1`, `agent-a1`.
    pub fn folder(&self) -> String {
        label(self.kind(), &self.id())
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Controller(..) => "controller",
            Self::Agent(_) => "agent",
            Self::Person { .. } => "person",
            Self::Guardian(_) => "guardian",
            Self::Device(_) => "device",
        }
    }

    fn id(&self) -> String {
        match self {
            Self::Controller(id, _) | Self::Guardian(id) => id.0.to_string(),
            Self::Agent(host) => host.to_string(),
            Self::Person { name, .. } => name.to_string(),
            Self::Device(room) => room.to_string(),
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind(), self.id())
    }
}

/// The DNS name of a node of this kind and id.
pub(crate) fn server_name(kind: &str, id: &str) -> String {
    format!("{}.{DOMAIN}", label(kind, id))
}
