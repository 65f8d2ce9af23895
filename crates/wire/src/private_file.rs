//! Files and folders that only their owner reads.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The permission bits of others than the owner.
const OTHERS: u32 = 0o077;

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is not there.
    #[error(
        "{} is missing: copy the whole folder that `bascule cluster init` made, or name the \
         right one", .path.display()
    )]
    Missing {
        /// Which.
        path: PathBuf,
    },
    /// A secret that others can read.
    #[error(
        "{} holds a secret and others than its owner may open it (mode {mode:04o}): it may have \
         been copied. Run `chmod 600 {}`, or issue a new one if in doubt",
        .path.display(), .path.display()
    )]
    OpenToOthers {
        /// Which.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It can't be read.
    #[error("{} cannot be read", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It can't be written.
    #[error("{} cannot be written: is there space, and may this user write there?", .path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Makes a folder that only its owner enters.
pub(crate) fn make_folder(path: &Path) -> Result<(), FileError> {
    DirBuilder::new()
        .mode(0o700)
        .create(path)
        .map_err(|source| FileError::Write { path: path.to_owned(), source })
}

/// Writes a new file, never over one that exists, and puts it on the disk.
pub(crate) fn write_new(path: &Path, content: &str, mode: u32) -> Result<(), FileError> {
    let failed = |source| FileError::Write { path: path.to_owned(), source };
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(failed)?;
    file.write_all(content.as_bytes()).map_err(failed)?;
    file.sync_all().map_err(failed)
}

/// Writes a new file that only its owner reads.
pub(crate) fn write_secret(path: &Path, content: &str) -> Result<(), FileError> {
    write_new(path, content, 0o600)
}

/// Reads a file.
pub(crate) fn read(path: &Path) -> Result<String, FileError> {
    read_opened(path, open(path)?)
}

/// Reads a file, unless others than its owner may.
pub(crate) fn read_secret(path: &Path) -> Result<String, FileError> {
    let file = open(path)?;
    let mode = file
        .metadata()
        .map_err(|source| FileError::Read { path: path.to_owned(), source })?
        .permissions()
        .mode()
        & 0o7777;
    if mode & OTHERS != 0 {
        return Err(FileError::OpenToOthers { path: path.to_owned(), mode });
    }
    read_opened(path, file)
}

fn open(path: &Path) -> Result<File, FileError> {
    File::open(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => FileError::Missing { path: path.to_owned() },
        _ => FileError::Read { path: path.to_owned(), source },
    })
}

fn read_opened(path: &Path, mut file: File) -> Result<String, FileError> {
    let mut content = String::new();
    file.read_to_string(&mut content)
        .map_err(|source| FileError::Read { path: path.to_owned(), source })?;
    Ok(content)
}
