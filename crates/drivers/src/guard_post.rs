//! Where a controller and its guardian meet: a lock and a record in the controller's folder.
//!
//! A controller holds the lock for its whole life; the kernel lets go of it when the process ends,
//! however it ends, and a process that is only stopped still holds it. A guardian proves that no
//! controller runs by holding the lock itself for a moment, and writes its promise while it does.
//! So a controller that has the lock sees every promise that was ever given.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use model::time::Monotonic;
use model::units::Span;
use rustix::fs::{FlockOperation, flock};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

const LOCK: &str = "controller.lock";
const FILE: &str = "guardian.json";
const NEXT: &str = "guardian.next";

/// The boot of this machine, as the kernel names it.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// Why the post can't be used.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// A file.
    #[error("{path} can't be read or written")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Damaged.
    #[error(
        "{path} is damaged, and with it the promise that no controller starts here. Wait until \
         the longest promise of the policy is over, then move the file away"
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// What the guardian has written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// A promise was given that is perhaps not over: how long it lasts at most.
    pub promised: Option<Span>,
    /// In which boot of the machine.
    pub boot: String,
    /// Until when, on that boot's clock, in milliseconds.
    pub until_ms: u64,
}

/// The folder of a controller.
#[derive(Clone, Debug)]
pub struct Post {
    folder: PathBuf,
}

/// The lock, held until this is dropped.
#[derive(Debug)]
pub struct Held {
    _lock: File,
}

/// This machine's clock since its boot: it never goes back, and counts through suspend.
pub fn since_boot() -> Monotonic {
    let time = clock_gettime(ClockId::Boottime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let millis = u64::try_from(time.tv_nsec / 1_000_000).unwrap_or_default();
    Monotonic(seconds * 1000 + millis)
}

/// The boot of this machine.
pub fn boot() -> Result<String, PostError> {
    fs::read_to_string(BOOT_ID)
        .map(|text| text.trim().to_owned())
        .map_err(|source| PostError::File { path: BOOT_ID.into(), source })
}

impl Post {
    /// The post in a controller's folder, which is made if need be.
    pub fn at(folder: &Path) -> Result<Self, PostError> {
        fs::create_dir_all(folder)
            .map_err(|source| PostError::File { path: folder.to_owned(), source })?;
        Ok(Self { folder: folder.to_owned() })
    }

    fn failed(&self, file: &str) -> impl FnOnce(io::Error) -> PostError {
        let path = self.folder.join(file);
        move |source| PostError::File { path, source }
    }

    /// Takes the lock; none if somebody else holds it.
    pub fn try_hold(&self) -> Result<Option<Held>, PostError> {
        // Not truncated: it holds nothing, and is never removed.
        let file = File::options()
            .create(true)
            .append(true)
            .open(self.folder.join(LOCK))
            .map_err(self.failed(LOCK))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Held { _lock: file })),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(self.failed(LOCK)(error.into())),
        }
    }

    /// What the guardian has written, if it ever has.
    pub fn read(&self) -> Result<Option<Written>, PostError> {
        match fs::read(self.folder.join(FILE)) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|source| PostError::Damaged { path: self.folder.join(FILE), source }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed(FILE)(error)),
        }
    }

    /// Writes, with the lock held. On disk when this returns, whole or not at all.
    pub fn write(&self, _held: &Held, written: &Written) -> Result<(), PostError> {
        let write = || -> io::Result<()> {
            let next = self.folder.join(NEXT);
            let mut file = File::create(&next)?;
            file.write_all(&serde_json::to_vec(written)?)?;
            file.sync_data()?;
            fs::rename(&next, self.folder.join(FILE))?;
            File::open(&self.folder)?.sync_all()
        };
        write().map_err(self.failed(FILE))
    }

    /// For how long no controller may start here. In another boot of the machine nobody knows how
    /// much of the promise was over: it counts in full from the boot.
    pub fn closed_for(
        &self,
        _held: &Held,
        boot: &str,
        now: Monotonic,
    ) -> Result<Option<Span>, PostError> {
        let Some(written) = self.read()? else { return Ok(None) };
        let Some(lasts) = written.promised else { return Ok(None) };
        let until = if written.boot == boot {
            Monotonic(written.until_ms)
        } else {
            Monotonic::default().after(lasts)
        };
        Ok((now < until).then(|| until.since(now)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Span = Span::from_secs(20);

    fn promised(post: &Post, boot: &str, until_ms: u64) {
        let held = post.try_hold().unwrap().unwrap();
        let written = Written { promised: Some(T), boot: boot.into(), until_ms };
        post.write(&held, &written).unwrap();
    }

    #[test]
    fn who_holds_the_lock_keeps_everybody_else_out_until_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (Post::at(folder.path()).unwrap(), Post::at(folder.path()).unwrap());
        let held = one.try_hold().unwrap().unwrap();
        assert!(other.try_hold().unwrap().is_none());
        drop(held);
        assert!(other.try_hold().unwrap().is_some());
    }

    #[test]
    fn a_promise_keeps_the_controller_out_until_it_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let post = Post::at(folder.path()).unwrap();
        let held = post.try_hold().unwrap().unwrap();
        assert_eq!(post.closed_for(&held, "boot-1", Monotonic(5)).unwrap(), None);
        drop(held);
        promised(&post, "boot-1", 90_000);
        let held = post.try_hold().unwrap().unwrap();
        let left = post.closed_for(&held, "boot-1", Monotonic(85_000)).unwrap();
        assert_eq!(left, Some(Span::from_secs(5)));
        assert_eq!(post.closed_for(&held, "boot-1", Monotonic(90_000)).unwrap(), None);
    }

    #[test]
    fn after_a_reboot_the_promise_counts_in_full_from_the_boot() {
        let folder = tempfile::tempdir().unwrap();
        let post = Post::at(folder.path()).unwrap();
        promised(&post, "boot-1", 90_000);
        let held = post.try_hold().unwrap().unwrap();
        let left = post.closed_for(&held, "boot-2", Monotonic(3_000)).unwrap();
        assert_eq!(left, Some(Span::from_secs(17)));
        assert_eq!(post.closed_for(&held, "boot-2", Monotonic(20_000)).unwrap(), None);
    }

    #[test]
    fn a_damaged_record_lets_no_controller_start() {
        let folder = tempfile::tempdir().unwrap();
        let post = Post::at(folder.path()).unwrap();
        fs::write(folder.path().join(FILE), "{").unwrap();
        let held = post.try_hold().unwrap().unwrap();
        let error = post.closed_for(&held, "boot-1", Monotonic(0)).unwrap_err();
        assert!(error.to_string().contains("move the file away"), "{error}");
    }
}
