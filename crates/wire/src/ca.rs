//! The cluster's own certificate authority: its creation, and the certificates that it issues.

mod audit_key;
mod error;
mod init;
mod issue;
mod join;
mod person_key;

use std::path::Path;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

pub use audit_key::{load_audit_keys, load_audit_signer};
pub use error::CaError;
pub use init::{ClusterPlan, cluster_init};
pub use issue::Issued;
pub use join::{issue_controller, new_token};
pub use person_key::{load_person_key, new_person_key};

use crate::private_file::{make_folder, read, read_secret, write_new, write_secret};

const CERTIFICATE_FILE: &str = "ca.pem";
const KEY_FILE: &str = "ca-key.pem";

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Certificates begin to hold this long before they are made: a node whose clock is slow must
/// still take part.
pub const CLOCK_ALLOWANCE: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long the authority's own certificate holds.
pub const AUTHORITY_LASTS: Duration = Duration::from_secs(10 * 365 * 24 * 3600);
/// How long a node's or person's certificate holds.
pub const NODE_LASTS: Duration = Duration::from_secs(365 * 24 * 3600);

/// From when until when a certificate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// It holds from here on.
    pub from: SystemTime,
    /// It no longer holds after this.
    pub until: SystemTime,
}

impl Validity {
    /// From now, with the allowance for slow clocks, for this long.
    pub fn from_now(lasts: Duration) -> Self {
        let now = SystemTime::now();
        Self { from: now - CLOCK_ALLOWANCE, until: now + lasts }
    }

    /// So many days ago until so many days ago.
    pub fn past(from_days_ago: u32, until_days_ago: u32) -> Self {
        let now = SystemTime::now();
        Self { from: now - DAY * from_days_ago, until: now - DAY * until_days_ago }
    }
}

/// A certificate authority with its private key.
pub struct Authority {
    cluster: String,
    certificate_pem: String,
    key_pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl std::fmt::Debug for Authority {
    // By hand, so that the key is never printed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").field("cluster", &self.cluster).finish_non_exhaustive()
    }
}

impl Authority {
    /// A new authority with a new key.
    pub fn create(cluster: &str) -> Result<Self, CaError> {
        if cluster.is_empty() {
            return Err(CaError::NoName);
        }
        let key = KeyPair::generate().map_err(|source| CaError::Sign { source })?;
        let validity = Validity::from_now(AUTHORITY_LASTS);
        let mut params = CertificateParams::default();
        params.not_before = validity.from.into();
        params.not_after = validity.until.into();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, cluster);
        params
            .distinguished_name
            .push(DnType::CommonName, format!("Bascule authority of {cluster}"));
        let certificate = params.self_signed(&key).map_err(|source| CaError::Sign { source })?;
        Ok(Self {
            cluster: cluster.to_owned(),
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
            issuer: Issuer::new(params, key),
        })
    }

    /// The name of the cluster.
    pub fn cluster(&self) -> &str {
        &self.cluster
    }

    /// The authority's own certificate, which every node has.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// Writes the authority into a new folder that only its owner enters. Keep it offline: who
    /// has it can be anybody.
    pub fn save(&self, folder: &Path) -> Result<(), CaError> {
        make_folder(folder)?;
        write_new(&folder.join(CERTIFICATE_FILE), &self.certificate_pem, 0o644)?;
        write_secret(&folder.join(KEY_FILE), &self.key_pem)?;
        Ok(())
    }

    /// Reads an authority that [`Authority::save`] wrote.
    pub fn load(folder: &Path) -> Result<Self, CaError> {
        let certificate_path = folder.join(CERTIFICATE_FILE);
        let key_path = folder.join(KEY_FILE);
        let certificate_pem = read(&certificate_path)?;
        let key_pem = read_secret(&key_path)?;
        let key = KeyPair::from_pem(&key_pem)
            .map_err(|source| CaError::Damaged { path: key_path, source })?;
        let (_, pem) = x509_parser::pem::parse_x509_pem(certificate_pem.as_bytes())
            .map_err(|_| CaError::NoCluster { path: certificate_path.clone() })?;
        let cluster = pem
            .parse_x509()
            .ok()
            .and_then(|certificate| {
                let organisation = certificate.subject().iter_organization().next()?;
                organisation.as_str().ok().map(str::to_owned)
            })
            .ok_or_else(|| CaError::NoCluster { path: certificate_path.clone() })?;
        let issuer = Issuer::from_ca_cert_pem(&certificate_pem, key)
            .map_err(|source| CaError::Damaged { path: certificate_path, source })?;
        Ok(Self { cluster, certificate_pem, key_pem, issuer })
    }
}
