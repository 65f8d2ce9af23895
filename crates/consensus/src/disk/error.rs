//! What can be wrong with a controller's store.

use std::io;
use std::path::PathBuf;

use super::identity::Identity;

/// What is wrong with a controller's store. After any of these the node does not start, or stops.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// `open` before the first `initialise`.
    #[error(
        "there is no store at {place} and none was ever made here: initialise it, once, when \
             this controller is new"
    )]
    NotInitialised {
        /// Where.
        place: String,
    },
    /// `initialise` where one is.
    #[error(
        "there is a store at {place} already: open it; a controller whose disk was lost is \
             replaced under a new controller id"
    )]
    AlreadyInitialised {
        /// Where.
        place: String,
    },
    /// It was there and is gone, or is empty.
    #[error(
        "the store at {place} was initialised and is gone or empty: this controller must not \
             join as if it were new, replace it under a new controller id"
    )]
    Vanished {
        /// Where.
        place: String,
    },
    /// It is not what was written.
    #[error(
        "the store is damaged ({what}): this controller must not join, replace it under a new \
             controller id"
    )]
    Damaged {
        /// What was found.
        what: String,
    },
    /// A stored value is not what was written.
    #[error(
        "the store is damaged: {key} in table `{table}` is not what was written there; this \
             controller must not join, replace it under a new controller id"
    )]
    Checksum {
        /// Which table.
        table: &'static str,
        /// Which key.
        key: String,
    },
    /// A stored value is whole but makes no sense to this version.
    #[error("{key} in table `{table}` cannot be read by this version of Bascule")]
    Decode {
        /// Which table.
        table: &'static str,
        /// Which key.
        key: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A value cannot be written as JSON.
    #[error("{what} at index {index} cannot be written as JSON; this is a defect in Bascule")]
    Encode {
        /// What.
        what: &'static str,
        /// For which entry.
        index: u64,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Another controller's store, or another cluster's, or another era's.
    #[error(
        "the store belongs to {found}, this is {expected}: the wrong disk or the wrong \
             configuration"
    )]
    Foreign {
        /// Whose it is.
        found: Box<Identity>,
        /// Who we are.
        expected: Box<Identity>,
    },
    /// The disk refused.
    #[error(
        "the disk failed while {doing}: this controller stops, because it no longer knows what \
             is written"
    )]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the store said.
        #[source]
        source: Box<redb::Error>,
    },
    /// The file that marks the store as initialised.
    #[error("the marker {path} cannot be read or written")]
    Marker {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The first entry of a new era would be rejected.
    #[error("no era was opened, and nothing was changed: {reason}")]
    NoEra {
        /// Why.
        reason: String,
    },
    /// An earlier error has made the store unusable.
    #[error("the store refuses all work since an earlier error: {reason}")]
    Closed {
        /// The earlier error.
        reason: String,
    },
    /// The same entry made another leaf than before.
    #[error(
        "applying entry {index} again made another leaf than the one on disk: this controller's \
             state differs from what it was, it must not go on"
    )]
    LeafDiffers {
        /// Which entry.
        index: u64,
    },
    /// A leaf would be lost.
    #[error(
        "the next leaf must be {expected}, this is {found}: an entry would be missing from the \
             audit log"
    )]
    LeafGap {
        /// The next number.
        expected: u64,
        /// The one at hand.
        found: u64,
    },
    /// The log would be cut off beyond what the saved state holds.
    #[error("the log was to be purged up to {upto}, the saved state reaches only {saved:?}")]
    PurgeBeyondState {
        /// Up to where.
        upto: u64,
        /// Where the saved state ends.
        saved: Option<u64>,
    },
    /// An applied entry would be taken back.
    #[error(
        "the log was to be truncated from {from}, but entry {applied} is applied: committed \
             entries are never taken back"
    )]
    TruncateApplied {
        /// From where.
        from: u64,
        /// The last applied entry.
        applied: u64,
    },
    /// It was restored from an image.
    #[error(
        "this disk is an older image of itself: it shows {shown}, and {by} has seen {seen}. It \
             has forgotten what it had promised to others; this controller must not take part, \
             replace it under a new controller id (`bascule cluster token`)"
    )]
    OldImage {
        /// Who has seen more: a controller, or a host's agent.
        by: String,
        /// What the disk shows.
        shown: String,
        /// What was seen of it.
        seen: String,
    },
    /// The version of `apply` in force is none of this binary's.
    #[error(
        "version {wanted} of `apply` is in force, this binary carries {} to {}: it stops before it \
             computes anything that differs from the others; install on this controller the \
             version of Bascule that the others run", .carried.oldest, .carried.newest
    )]
    OtherApply {
        /// What the state says.
        wanted: u32,
        /// What this binary can.
        carried: state_machine::Versions,
    },
    /// Another controller has its place.
    #[error(
        "this controller was replaced, {by} says, and its id is never used again: it stops; to \
             bring this machine back, let it join under a new controller id (`bascule cluster \
             token`)"
    )]
    Retired {
        /// Who says so.
        by: String,
    },
    /// A snapshot that does not hold what it says.
    #[error("the snapshot does not hold what it says: {what}")]
    Snapshot {
        /// What is wrong.
        what: String,
    },
}

impl StoreError {
    /// For `map_err`: what redb said while something was being done.
    pub(crate) fn io<E: Into<redb::Error>>(doing: &'static str) -> impl FnOnce(E) -> Self {
        move |source| match source.into() {
            redb::Error::Corrupted(what) => Self::Damaged { what },
            other => Self::Io { doing, source: Box::new(other) },
        }
    }

    /// As openraft wants it.
    pub(crate) fn into_io(self) -> io::Error {
        io::Error::other(self)
    }
}

/// An error and all its causes on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
