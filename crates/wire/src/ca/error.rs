//! How the authority fails.

use std::path::PathBuf;

use model::id::RoomId;

use crate::identity::Identity;
use crate::private_file::FileError;

/// Why an authority did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is something already.
    #[error(
        "{} exists and is not empty: its keys may be in use, so nothing is overwritten. Name \
         another folder, or remove this one yourself if the cluster is gone", .path.display()
    )]
    Exists {
        /// Where.
        path: PathBuf,
    },
    /// The folder can't be made or moved into place.
    #[error("{} cannot be made: does its parent exist, and may this user write there?", .path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A cluster without a name.
    #[error("a cluster needs a name: it stands in every certificate")]
    NoName,
    /// Nobody to be a controller.
    #[error("a cluster needs at least one controller: name each with its room, as in `1=a`")]
    NoMembers,
    /// The same identity, or two controllers in one room.
    #[error(
        "{what} is named twice: each controller, host, person and room has one certificate, and a room one controller"
    )]
    Twice {
        /// Which.
        what: String,
    },
    /// An id that can't stand in a certificate.
    #[error(
        "{who} cannot stand in a certificate as `{name}`: shorten the id to at most 40 letters, \
         digits and dashes, ending in a letter or digit"
    )]
    BadName {
        /// Whose.
        who: Identity,
        /// The name.
        name: String,
    },
    /// A room's audit key is in none of the folders.
    #[error(
        "no folder under {} holds the audit key of room {room}: name the whole folder that \
         `bascule cluster init` made, with its `controller-` folders", .path.display()
    )]
    NoAuditKey {
        /// Whose.
        room: RoomId,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Making a key or signature failed.
    #[error("the certificate could not be made")]
    Sign {
        /// Why.
        #[source]
        source: rcgen::Error,
    },
    /// The authority's files are damaged.
    #[error("{} is damaged: restore the authority's folder from its copy", .path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: rcgen::Error,
    },
    /// The authority's certificate names no cluster.
    #[error("{} names no cluster: it is not an authority made by `bascule cluster init`", .path.display())]
    NoCluster {
        /// Which.
        path: PathBuf,
    },
    /// A room or cluster whose name can't name a key.
    #[error("no audit key can be named after room {room}: {reason}")]
    AuditName {
        /// Which room.
        room: RoomId,
        /// Why.
        reason: String,
    },
    /// A key for the audit log.
    #[error("the audit keys in {} cannot be read: {reason}; restore the file from another controller's folder", .path.display())]
    AuditKeys {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}
