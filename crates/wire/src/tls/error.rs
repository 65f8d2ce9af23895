//! Why credentials can't be used.

use std::path::PathBuf;

use crate::identity::{Identity, IdentityError};
use crate::private_file::FileError;

/// Why a folder with credentials can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// Not what its name says.
    #[error("{} is damaged: copy the folder again from where `bascule cluster init` made it", .path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
    },
    /// Signed by somebody else.
    #[error(
        "{} was not signed by the authority in ca.pem beside it: the files are of two clusters. \
         Copy the whole folder again, never single files", .path.display()
    )]
    OtherAuthority {
        /// Which certificate.
        path: PathBuf,
    },
    /// The key belongs to another certificate.
    #[error(
        "key.pem and cert.pem in {} don't belong together: copy the whole folder again",
        .folder.display()
    )]
    OtherKey {
        /// Where.
        folder: PathBuf,
    },
    /// Too old.
    #[error(
        "{} ended on {at}: nobody accepts it any more. Issue a new one with the cluster's \
         authority, and check this machine's clock if that date is not past", .path.display()
    )]
    Expired {
        /// Which certificate.
        path: PathBuf,
        /// When it ended.
        at: String,
    },
    /// Too new.
    #[error(
        "{} holds only from {at} on: this machine's clock is probably wrong; set it",
        .path.display()
    )]
    NotYet {
        /// Which certificate.
        path: PathBuf,
        /// From when on it holds.
        at: String,
    },
    /// Nobody is named in it.
    #[error("{} does not say whose it is", .path.display())]
    NoIdentity {
        /// Which certificate.
        path: PathBuf,
        /// Why.
        #[source]
        source: IdentityError,
    },
    /// Somebody else is named in it.
    #[error(
        "{} holds the certificate of {found}, but this is to run as {expected}: name the folder \
         of {expected}", .folder.display()
    )]
    OtherIdentity {
        /// Which folder.
        folder: PathBuf,
        /// Whose it is.
        found: Identity,
        /// Whose it should be.
        expected: Identity,
    },
    /// The TLS library refuses it.
    #[error("the credentials in {} can't be used for TLS", .folder.display())]
    Tls {
        /// Which folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: rustls::Error,
    },
}
