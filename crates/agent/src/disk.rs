//! What an agent must not forget: on disk before the answer that rests on it is sent.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use lease::giver::Record;
use lease::holder::PromiseSet;
use lease::orders::CarriedOut;
use lease::tokens::Seen;
use model::era::Token;
use model::id::HostId;
use serde::{Deserialize, Serialize};

/// The version of the file. A newer one is not guessed at.
const VERSION: u32 = 1;
const FILE: &str = "agent.json";
const NEXT: &str = "agent.next";
/// Stays when the state is lost or moved away: what comes after is no new host.
const BEGUN: &str = "agent.begun";

/// Everything durable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Durable {
    version: u32,
    /// Whose it is: a folder that was copied to another host is found out.
    pub(crate) host: HostId,
    /// Grows by one each time the agent starts.
    pub(crate) incarnation: u64,
    /// Tokens seen, and the seal.
    pub(crate) seen: Seen,
    /// Orders carried out.
    #[serde(default)]
    pub(crate) carried_out: CarriedOut,
    /// Promises given, and withheld.
    pub(crate) giver: Record,
    /// The boot that was last admitted. Another one starts nothing.
    pub(crate) admitted_boot: String,
    /// What a person ordered last; before that, the configuration says.
    pub(crate) armed_by_order: Option<bool>,
    /// The token of that order: an older one comes too late and is refused.
    #[serde(default)]
    pub(crate) arming_ordered: Token,
    /// The token of the last such order that the device has carried out.
    #[serde(default)]
    pub(crate) arming_done: Token,
    /// The boot in which the watchdog was armed, until it is disarmed.
    pub(crate) armed_in_boot: Option<String>,
    /// The promise set of the last grant, and its token.
    pub(crate) last_set: PromiseSet,
    pub(crate) last_token: Token,
}

/// The durable state can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// Reading.
    #[error("{path} can't be read")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Writing.
    #[error("{path} can't be written: the agent refuses what it can't remember")]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Damaged.
    #[error(
        "{path} is damaged, and with it the promises and tokens of this host: the agent does not \
         start, because it would forget them. Restore the file, or fence the host and move the \
         file away: an agent without one refuses every VM until it is admitted"
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Of another host or version.
    #[error("{path} is {found}, this agent is {expected}: the folder belongs to another agent")]
    Other {
        /// Which file.
        path: PathBuf,
        /// What it says.
        found: String,
        /// What was expected.
        expected: String,
    },
}

/// The folder of the durable state.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    folder: PathBuf,
}

impl Disk {
    /// Reads the state, or begins one. A host that never had one begins admitted: it is new, and
    /// the controllers have placed nothing there yet that it could contradict. One that has lost
    /// its state starts nothing before an admission has sealed it again.
    pub(crate) fn open(
        folder: &Path,
        host: &HostId,
        boot: &str,
    ) -> Result<(Self, Durable), DiskError> {
        let disk = Self { folder: folder.to_owned() };
        let path = folder.join(FILE);
        let read = |source| DiskError::Read { path: path.clone(), source };
        fs::create_dir_all(folder).map_err(read)?;
        let begun = folder.join(BEGUN);
        let is_new = !begun.try_exists().map_err(read)?;
        let mut durable = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice::<Durable>(&bytes)
                .map_err(|source| DiskError::Damaged { path: path.clone(), source })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Durable {
                version: VERSION,
                host: host.clone(),
                incarnation: 0,
                seen: Seen::default(),
                carried_out: CarriedOut::default(),
                giver: Record::default(),
                admitted_boot: if is_new { boot.to_owned() } else { String::new() },
                armed_by_order: None,
                arming_ordered: Token::default(),
                arming_done: Token::default(),
                armed_in_boot: None,
                last_set: PromiseSet::default(),
                last_token: Token::default(),
            },
            Err(error) => return Err(read(error)),
        };
        if (durable.version, &durable.host) != (VERSION, host) {
            return Err(DiskError::Other {
                path,
                found: format!("of host {}, version {}", durable.host, durable.version),
                expected: format!("of host {host}, version {VERSION}"),
            });
        }
        durable.incarnation += 1;
        if is_new {
            // The folder is synced with the state.
            File::create(&begun)
                .and_then(|file| file.sync_all())
                .map_err(|source| DiskError::Write { path: begun.clone(), source })?;
        }
        disk.write(&durable)?;
        Ok((disk, durable))
    }

    /// On disk when this returns, whole or not at all.
    pub(crate) fn write(&self, durable: &Durable) -> Result<(), DiskError> {
        let path = self.folder.join(FILE);
        let write = || -> io::Result<()> {
            let next = self.folder.join(NEXT);
            let mut file = File::create(&next)?;
            file.write_all(&serde_json::to_vec(durable)?)?;
            file.sync_data()?;
            fs::rename(&next, &path)?;
            File::open(&self.folder)?.sync_all()
        };
        write().map_err(|source| DiskError::Write { path: path.clone(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_back_and_the_incarnation_grows() {
        let folder = tempfile::tempdir().unwrap();
        let host = HostId::from("a1");
        let (disk, mut durable) = Disk::open(folder.path(), &host, "boot-1").unwrap();
        assert_eq!((durable.incarnation, durable.admitted_boot.as_str()), (1, "boot-1"));
        durable.armed_in_boot = Some("boot-1".into());
        disk.write(&durable).unwrap();
        let (_, again) = Disk::open(folder.path(), &host, "boot-2").unwrap();
        assert_eq!(again.incarnation, 2);
        assert_eq!(again.admitted_boot, "boot-1", "another boot is not admitted by itself");
        assert_eq!(again.armed_in_boot, Some("boot-1".into()));
    }

    #[test]
    fn a_host_whose_state_was_moved_away_is_not_admitted_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let host = HostId::from("a1");
        Disk::open(folder.path(), &host, "boot-1").unwrap();
        fs::remove_file(folder.path().join(FILE)).unwrap();
        let (_, durable) = Disk::open(folder.path(), &host, "boot-1").unwrap();
        assert_eq!(durable.admitted_boot, "", "its promises and tokens are forgotten");
        let (_, again) = Disk::open(folder.path(), &host, "boot-1").unwrap();
        assert_eq!(again.admitted_boot, "", "and a restart does not change that");
    }

    #[test]
    fn a_damaged_or_foreign_state_is_not_guessed_at() {
        let folder = tempfile::tempdir().unwrap();
        Disk::open(folder.path(), &"a1".into(), "boot-1").unwrap();
        let error = Disk::open(folder.path(), &"a2".into(), "boot-1").unwrap_err();
        assert!(error.to_string().contains("belongs to another agent"), "{error}");
        fs::write(folder.path().join(FILE), "{\"version\":1").unwrap();
        let error = Disk::open(folder.path(), &"a1".into(), "boot-1").unwrap_err();
        assert!(error.to_string().contains("is damaged"), "{error}");
    }
}
