//! Certificates of nodes and persons.

use std::path::Path;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SanType,
};
use rustls_pki_types::DnsName;

use super::{Authority, CaError, NODE_LASTS, Validity};
use crate::identity::Identity;
use crate::private_file::{make_folder, write_new, write_secret};
use crate::tls::{AUTHORITY_FILE, CERTIFICATE_FILE, KEY_FILE};

/// A certificate that was just issued, with its private key.
pub struct Issued {
    identity: Identity,
    certificate_pem: String,
    key_pem: String,
    authority_pem: String,
}

impl std::fmt::Debug for Issued {
    // By hand, so that the key is never printed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl Authority {
    /// Issues a certificate with a new key, for a year.
    pub fn issue(&self, identity: &Identity) -> Result<Issued, CaError> {
        self.issue_for(identity, Validity::from_now(NODE_LASTS))
    }

    /// Issues a certificate with a new key, for as long as is said.
    pub fn issue_for(&self, identity: &Identity, validity: Validity) -> Result<Issued, CaError> {
        let bad_name =
            |name: &str| CaError::BadName { who: identity.clone(), name: name.to_owned() };
        let failed = |source| CaError::Sign { source };
        let key = KeyPair::generate().map_err(failed)?;
        let uri = identity.to_uri(&self.cluster);
        let mut params = CertificateParams::default();
        params.not_before = validity.from.into();
        params.not_after = validity.until.into();
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, self.cluster.as_str());
        params.distinguished_name.push(DnType::CommonName, identity.to_string());
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.subject_alt_names =
            vec![SanType::URI(uri.as_str().try_into().map_err(|_| bad_name(&uri))?)];
        // A person's certificate can't be used to answer calls.
        if let Some(name) = identity.dns_name() {
            DnsName::try_from(name.as_str()).map_err(|_| bad_name(&name))?;
            params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
            let san = name.as_str().try_into().map_err(|_| bad_name(&name))?;
            params.subject_alt_names.push(SanType::DnsName(san));
        }
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed)?;
        Ok(Issued {
            identity: identity.clone(),
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
            authority_pem: self.certificate_pem.clone(),
        })
    }
}

impl Issued {
    /// Writes the certificate, its key and the authority's certificate into a new folder that
    /// only its owner enters.
    pub fn save(&self, folder: &Path) -> Result<(), CaError> {
        make_folder(folder)?;
        write_new(&folder.join(CERTIFICATE_FILE), &self.certificate_pem, 0o644)?;
        write_new(&folder.join(AUTHORITY_FILE), &self.authority_pem, 0o644)?;
        write_secret(&folder.join(KEY_FILE), &self.key_pem)?;
        Ok(())
    }
}
