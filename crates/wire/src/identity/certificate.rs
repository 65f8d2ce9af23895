//! Reading identities from certificates and requests.

use model::id::{ControllerId, HostId, PersonId, RoomId};
use tonic::{Request, Status};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{Identity, UriError};

/// Why nobody can be told from a certificate or request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The connection carries no certificate.
    #[error(
        "the caller showed no certificate: only connections with mutual TLS are served; use the \
         folder that `bascule cluster init` made for this node or person"
    )]
    NoCertificate,
    /// Not X.509.
    #[error("the caller's certificate cannot be read: it is damaged; issue a new one")]
    Damaged,
    /// A certificate of our authority, but without a URI of ours, or with several.
    #[error(
        "the certificate names {found} identities in its SAN, exactly one is expected: it was not \
         issued by `bascule cluster init`"
    )]
    NotOne {
        /// How many.
        found: usize,
    },
    /// The URI is none of ours.
    #[error("the identity in the certificate cannot be read")]
    Uri {
        /// Why.
        #[from]
        source: UriError,
    },
    /// The wrong one for this call.
    #[error("{who} may not do this: only {expected} may")]
    NotAllowed {
        /// Who asked.
        who: Identity,
        /// Who might.
        expected: String,
    },
}

impl From<IdentityError> for Status {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::NotAllowed { .. } => Self::permission_denied(error.to_string()),
            IdentityError::Uri { ref source } => {
                Self::unauthenticated(format!("{error}: {source}"))
            }
            _ => Self::unauthenticated(error.to_string()),
        }
    }
}

/// The cluster and the identity that a certificate (DER) names. The certificate's signature was
/// checked by TLS, or is checked by the caller.
pub fn identity_of(certificate: &[u8]) -> Result<(String, Identity), IdentityError> {
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| IdentityError::Damaged)?;
    let names = parsed.subject_alternative_name().map_err(|_| IdentityError::Damaged)?;
    let uris: Vec<&str> = names
        .iter()
        .flat_map(|names| &names.value.general_names)
        .filter_map(|name| if let GeneralName::URI(uri) = name { Some(*uri) } else { None })
        .collect();
    match uris.as_slice() {
        [uri] => Ok(Identity::from_uri(uri)?),
        _ => Err(IdentityError::NotOne { found: uris.len() }),
    }
}

/// Who sent a request, from the certificate of its connection.
pub fn peer_identity<T>(request: &Request<T>) -> Result<Identity, IdentityError> {
    // The server has read it once for this request already.
    if let Some(identity) = request.extensions().get::<Identity>() {
        return Ok(identity.clone());
    }
    let certificates = request.peer_certs().ok_or(IdentityError::NoCertificate)?;
    let certificate = certificates.first().ok_or(IdentityError::NoCertificate)?;
    Ok(identity_of(certificate)?.1)
}

/// The controller that sent a request; an error for anybody else.
pub fn require_controller<T>(
    request: &Request<T>,
) -> Result<(ControllerId, RoomId), IdentityError> {
    match peer_identity(request)? {
        Identity::Controller(id, room) => Ok((id, room)),
        who => Err(IdentityError::NotAllowed { who, expected: "a controller".to_owned() }),
    }
}

/// The agent's host that sent a request; an error for anybody else.
pub fn require_agent<T>(request: &Request<T>) -> Result<HostId, IdentityError> {
    match peer_identity(request)? {
        Identity::Agent(host) => Ok(host),
        who => Err(IdentityError::NotAllowed { who, expected: "a host's agent".to_owned() }),
    }
}

/// The person that sent a request, if they have the role; an error for anybody else.
pub fn require_person<T>(request: &Request<T>, role: &str) -> Result<PersonId, IdentityError> {
    match peer_identity(request)? {
        Identity::Person { name, roles } if roles.contains(role) => Ok(name),
        who => Err(IdentityError::NotAllowed {
            who,
            expected: format!("a person with the role `{role}`"),
        }),
    }
}
