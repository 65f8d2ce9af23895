//! A node's own credentials: loaded, checked, and made into TLS configurations.

mod error;
mod validity;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rcgen::{KeyPair, PublicKeyData};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tonic::transport::{Certificate, ServerTlsConfig};
use x509_parser::prelude::{ASN1Time, FromDer, X509Certificate};

pub use error::CredentialsError;
pub use validity::{NoCertificate, Validity, validity};

use crate::identity::{Identity, identity_of};
use crate::private_file::{read, read_secret};

pub(crate) const CERTIFICATE_FILE: &str = "cert.pem";
pub(crate) const KEY_FILE: &str = "key.pem";
pub(crate) const AUTHORITY_FILE: &str = "ca.pem";

/// A TLS handshake that takes longer than this is given up by the server.
const HANDSHAKE: std::time::Duration = std::time::Duration::from_secs(5);

/// A node's or person's certificate, its private key, and the authority that it trusts.
#[derive(Clone)]
pub struct Credentials {
    cluster: String,
    identity: Identity,
    expires_at: SystemTime,
    certificate_pem: String,
    key_pem: String,
    authority_pem: String,
    client: Arc<ClientConfig>,
}

impl fmt::Debug for Credentials {
    // By hand, so that the key is never printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("cluster", &self.cluster)
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}

impl Credentials {
    /// Loads and checks the folder that `bascule cluster init` made for a node or person.
    pub fn load(folder: &Path) -> Result<Self, CredentialsError> {
        let path = folder.join(CERTIFICATE_FILE);
        let certificate_pem = read(&path)?;
        let authority_pem = read(&folder.join(AUTHORITY_FILE))?;
        let key_pem = read_secret(&folder.join(KEY_FILE))?;

        let damaged = |file: &str| CredentialsError::Damaged { path: folder.join(file) };
        let certificate = CertificateDer::from_pem_slice(certificate_pem.as_bytes())
            .map_err(|_| damaged(CERTIFICATE_FILE))?;
        let authority = CertificateDer::from_pem_slice(authority_pem.as_bytes())
            .map_err(|_| damaged(AUTHORITY_FILE))?;
        let key = KeyPair::from_pem(&key_pem).map_err(|_| damaged(KEY_FILE))?;

        let (_, parsed) =
            X509Certificate::from_der(&certificate).map_err(|_| damaged(CERTIFICATE_FILE))?;
        let (_, issuer) =
            X509Certificate::from_der(&authority).map_err(|_| damaged(AUTHORITY_FILE))?;
        if parsed.verify_signature(Some(issuer.public_key())).is_err() {
            return Err(CredentialsError::OtherAuthority { path });
        }
        if parsed.public_key().subject_public_key.data.as_ref() != key.der_bytes() {
            return Err(CredentialsError::OtherKey { folder: folder.to_owned() });
        }
        for checked in [&parsed, &issuer] {
            check_dates(checked, &path)?;
        }
        let (cluster, identity) = identity_of(&certificate)
            .map_err(|source| CredentialsError::NoIdentity { path: path.clone(), source })?;
        let expires_at = expiry(&parsed);
        let client = client_config(certificate, authority, &key_pem)
            .map_err(|source| CredentialsError::Tls { folder: folder.to_owned(), source })?;
        Ok(Self { cluster, identity, expires_at, certificate_pem, key_pem, authority_pem, client })
    }

    /// Loads the folder and makes sure that it is the one of this identity.
    pub fn load_as(folder: &Path, expected: &Identity) -> Result<Self, CredentialsError> {
        let loaded = Self::load(folder)?;
        if loaded.identity == *expected {
            Ok(loaded)
        } else {
            Err(CredentialsError::OtherIdentity {
                folder: folder.to_owned(),
                found: loaded.identity,
                expected: expected.clone(),
            })
        }
    }

    /// The cluster's name.
    pub fn cluster(&self) -> &str {
        &self.cluster
    }

    /// Who we are.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// When the certificate ends.
    pub fn expires_at(&self) -> SystemTime {
        self.expires_at
    }

    /// What a server of ours shows and asks for: callers without a certificate of our authority
    /// are turned away in the handshake.
    pub fn server_tls(&self) -> ServerTlsConfig {
        // Another library in the process may bring a second implementation of the algorithms;
        // then rustls wants to be told which one to use. An error means: told already.
        let _ = ring::default_provider().install_default();
        ServerTlsConfig::new()
            .identity(tonic::transport::Identity::from_pem(&self.certificate_pem, &self.key_pem))
            .client_ca_root(Certificate::from_pem(&self.authority_pem))
            .timeout(HANDSHAKE)
    }

    /// What our connections show and ask for.
    pub(crate) fn client_tls(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.client)
    }
}

fn check_dates(certificate: &X509Certificate<'_>, path: &Path) -> Result<(), CredentialsError> {
    let now = ASN1Time::now();
    let validity = certificate.validity();
    if now > validity.not_after {
        return Err(CredentialsError::Expired {
            path: path.to_owned(),
            at: validity.not_after.to_string(),
        });
    }
    if now < validity.not_before {
        return Err(CredentialsError::NotYet {
            path: path.to_owned(),
            at: validity.not_before.to_string(),
        });
    }
    Ok(())
}

fn expiry(certificate: &X509Certificate<'_>) -> SystemTime {
    let seconds = u64::try_from(certificate.validity().not_after.timestamp()).unwrap_or(0);
    UNIX_EPOCH + std::time::Duration::from_secs(seconds)
}

fn client_config(
    certificate: CertificateDer<'static>,
    authority: CertificateDer<'static>,
    key_pem: &str,
) -> Result<Arc<ClientConfig>, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(authority)?;
    let key = PrivateKeyDer::from_pem_slice(key_pem.as_bytes())
        .map_err(|error| rustls::Error::General(error.to_string()))?;
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_client_auth_cert(vec![certificate], key)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Arc::new(config))
}
