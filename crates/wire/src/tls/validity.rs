//! How long a certificate lives, whoever made it.

use model::time::WallTime;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::prelude::{FromDer, X509Certificate};

/// From when until when a certificate counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// Not before this.
    pub from: WallTime,
    /// Not after this.
    pub until: WallTime,
}

/// The text holds no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("holds no certificate in PEM form")]
pub struct NoCertificate;

/// The validity of the first certificate of a PEM text.
pub fn validity(pem: &[u8]) -> Result<Validity, NoCertificate> {
    let der = CertificateDer::from_pem_slice(pem).map_err(|_| NoCertificate)?;
    let (_, certificate) = X509Certificate::from_der(&der).map_err(|_| NoCertificate)?;
    let millis = |seconds: i64| WallTime(u64::try_from(seconds).unwrap_or(0).saturating_mul(1000));
    let validity = certificate.validity();
    Ok(Validity {
        from: millis(validity.not_before.timestamp()),
        until: millis(validity.not_after.timestamp()),
    })
}
