use std::io;
use std::path::PathBuf;

/// Why the lab could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// Namespaces are the system's.
    #[error("the lab makes network namespaces, which only root may: run it with sudo")]
    NotRoot,
    /// Something that it needs is not installed.
    #[error(
        "the lab needs what is not installed: {missing}; `apt-get install {packages}` brings it"
    )]
    Missing {
        /// What.
        missing: String,
        /// In which packages it is.
        packages: String,
    },
    /// There is one already.
    #[error("there is a lab already ({what}); `bascule lab down` removes it")]
    Exists {
        /// What was found of it.
        what: String,
    },
    /// There is none.
    #[error("there is no lab in {}; `bascule lab up` builds one", .dir.display())]
    NoLab {
        /// Where it was looked for.
        dir: PathBuf,
    },
    /// A folder that holds something else is not removed.
    #[error(
        "{} is not empty and not a lab's folder, so it is not touched: name another one with --dir",
        .dir.display()
    )]
    NotOurs {
        /// Which.
        dir: PathBuf,
    },
    /// The path of a socket would be too long.
    #[error(
        "{} is too long: sockets lie below it, whose paths may have 107 bytes; choose a shorter one",
        .dir.display()
    )]
    LongPath {
        /// Which.
        dir: PathBuf,
    },
    /// A room that is none.
    #[error("the lab has no room `{room}`; its rooms are {rooms}")]
    NoSuchRoom {
        /// Which.
        room: String,
        /// Those that there are.
        rooms: String,
    },
    /// Two rooms without a cable.
    #[error("no path {path}between rooms {a} and {b} in the lab; its paths are {paths}")]
    NoSuchPath {
        /// One room.
        a: String,
        /// The other.
        b: String,
        /// The path that was named, with a space after it, or nothing.
        path: String,
        /// Those that there are.
        paths: String,
    },
    /// A file or folder.
    #[error("cannot read or write {}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A system command.
    #[error("`{command}` failed: {reason}")]
    Command {
        /// Which.
        command: String,
        /// What it said.
        reason: String,
    },
    /// A process of the lab could not be started.
    #[error("cannot start {what}")]
    Start {
        /// Which.
        what: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Processes can't be listed or ended.
    #[error("cannot end the processes of {namespace}")]
    Processes {
        /// Of which namespace.
        namespace: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Some do not end.
    #[error("processes {pids} in {namespace} were killed and are still there")]
    Undead {
        /// Where.
        namespace: String,
        /// Which.
        pids: String,
    },
    /// The shipped estate or policy is wrong.
    #[error("the lab's own estate or policy is not valid:\n{rendered}")]
    Material {
        /// What is wrong.
        rendered: String,
    },
    /// No certificates.
    #[error("cannot make the lab's certificates")]
    Certificates(#[source] Box<wire::ca::CaError>),
    /// The operator's certificate.
    #[error("cannot use the operator's certificate in {}", .path.display())]
    Credentials {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<wire::tls::CredentialsError>,
    },
    /// The hosts' journals.
    #[error(transparent)]
    Journal(#[from] crate::journal::JournalError),
    /// Something that should have happened did not.
    #[error("{what} within {within_s} s; last seen: {last}; the logs are in {}", .logs.display())]
    Late {
        /// What was awaited, as "… did not happen".
        what: String,
        /// For how long.
        within_s: u64,
        /// What was seen instead.
        last: String,
        /// Where to look.
        logs: PathBuf,
    },
    /// A process that should run has ended.
    #[error("{what} has ended by itself; its last messages are in {}", .log.display())]
    Ended {
        /// Which.
        what: String,
        /// Its log.
        log: PathBuf,
    },
    /// The driver inside the desk's namespace failed, and said why on standard error.
    #[error("the smoke test did not come to its end: {reason}")]
    Driver {
        /// How it ended.
        reason: String,
    },
}

impl LabError {
    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
