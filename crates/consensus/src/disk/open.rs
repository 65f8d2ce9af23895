//! Making a store once, and opening it ever after.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};

use redb::backends::FileBackend;
use redb::{Builder, Database, Durability, StorageBackend};

use super::error::StoreError;
use super::sealed_header::SealedHeader;
use super::{
    Disk, IDENTITY, INCARNATION, Identity, LEAVES_TABLE, LOG_TABLE, META_TABLE, Rules, STATE_TABLE,
    put_meta,
};
use model::standing::Standing;

/// redb's default is a gigabyte; a controller may use 64 MiB in all.
const CACHE_BYTES: usize = 4 * 1024 * 1024;

/// The store's file in its folder.
const FILE: &str = "consensus.redb";

/// Says that the store was initialised, so that a file that is gone is told from a first start.
const MARKER: &str = "consensus.initialised";

/// One controller's store, open. It is made once, by an explicit `initialise`, when the controller
/// is new. From then on it is opened, and whatever is wrong with it then is an error.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) disk: Arc<Disk>,
}

/// Which eras a store may be of when it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Eras {
    /// The one that is expected.
    ThisOne,
    /// Whichever it is: the store knows its own.
    Any,
}

impl Store {
    /// Makes the store of a new controller in an empty backend.
    pub fn initialise<B: StorageBackend>(
        backend: B,
        identity: Identity,
    ) -> Result<Self, StoreError> {
        Self::make("the backend", backend, identity, Rules::Enforced)
    }

    /// As [`Store::initialise`], for openraft's log-store suite.
    #[cfg(test)]
    pub(crate) fn for_log_suite<B: StorageBackend>(
        backend: B,
        identity: Identity,
    ) -> Result<Self, StoreError> {
        Self::make("the backend", backend, identity, Rules::LogSuite)
    }

    /// Opens a store that was initialised in this backend.
    pub fn open<B: StorageBackend>(backend: B, identity: Identity) -> Result<Self, StoreError> {
        Self::load("the backend", backend, identity, Eras::ThisOne)
    }

    /// As [`Store::open`], in whichever era the store is: the era of `identity` does not count.
    pub fn open_in_its_era<B: StorageBackend>(
        backend: B,
        identity: Identity,
    ) -> Result<Self, StoreError> {
        Self::load("the backend", backend, identity, Eras::Any)
    }

    /// Makes the store of a new controller in a folder, which is made too if need be.
    pub fn initialise_at(folder: &Path, identity: Identity) -> Result<Self, StoreError> {
        let place = folder.join(FILE);
        let marker = folder.join(MARKER);
        let shown = place.display().to_string();
        if exists(&marker)? {
            return Err(if exists(&place)? {
                StoreError::AlreadyInitialised { place: shown }
            } else {
                StoreError::Vanished { place: shown }
            });
        }
        fs::create_dir_all(folder).map_err(marker_error(folder))?;
        let backend = file_backend(&place, true)?;
        let store = Self::make(&shown, backend, identity.clone(), Rules::Enforced)?;
        write_marker(folder, &marker, &identity)?;
        Ok(store)
    }

    /// Opens the store in a folder, in whichever era it is: the era of `identity` does not count.
    pub fn open_at(folder: &Path, identity: Identity) -> Result<Self, StoreError> {
        let place = folder.join(FILE);
        let marker = folder.join(MARKER);
        let shown = place.display().to_string();
        let marked = exists(&marker)?;
        if !exists(&place)? {
            return Err(if marked {
                StoreError::Vanished { place: shown }
            } else {
                StoreError::NotInitialised { place: shown }
            });
        }
        let backend = file_backend(&place, false)?;
        let store = Self::load(&shown, backend, identity.clone(), Eras::Any)?;
        if !marked {
            // The first start ended between making the store and marking it.
            write_marker(folder, &marker, &identity)?;
        }
        Ok(store)
    }

    /// Whether a store was ever initialised in this folder.
    pub fn is_initialised_at(folder: &Path) -> Result<bool, StoreError> {
        Ok(exists(&folder.join(MARKER))? || exists(&folder.join(FILE))?)
    }

    /// Whose store it is.
    pub fn identity(&self) -> &Identity {
        self.disk.identity()
    }

    /// Lets go of the file. A node does so when it is shut down.
    pub fn close(&self) {
        self.disk.close();
    }

    /// How often it was opened, from 1. A store restored from an old image has a smaller number
    /// than the one that others have already seen.
    pub fn incarnation(&self) -> u64 {
        self.disk.incarnation
    }

    /// How far the disk has come, as it was opened.
    pub fn standing(&self) -> Standing {
        self.disk.standing()
    }

    /// Hears how far somebody beside the peers, a host's agent, has seen this disk come. If it
    /// has seen more than the disk shows, this is an old image, and the store refuses all work.
    pub fn hear(&self, by: &str, seen: &Standing) -> Result<(), StoreError> {
        let shown = self.disk.standing();
        if shown.is_behind(seen) {
            return Err(self.disk.refuse_old_image(by, &shown, seen));
        }
        Ok(())
    }

    fn make<B: StorageBackend>(
        place: &str,
        backend: B,
        identity: Identity,
        rules: Rules,
    ) -> Result<Self, StoreError> {
        let length = backend.len().map_err(StoreError::io("looking at the store"))?;
        if length > 0 {
            return Err(StoreError::AlreadyInitialised { place: place.to_owned() });
        }
        let database = Builder::new()
            .set_cache_size(CACHE_BYTES)
            .create_with_backend(SealedHeader::new(backend))
            .map_err(StoreError::io("making the store"))?;
        let database = RwLock::new(Some(database));
        let era = identity.era;
        let disk = Disk {
            database,
            identity,
            incarnation: 1,
            rules,
            standing: Mutex::new(Standing { era, incarnation: 1, ..Standing::default() }),
            fault: Mutex::default(),
        };
        disk.write("initialising the store", Durability::Immediate, |transaction| {
            transaction.open_table(LOG_TABLE).map_err(StoreError::io("making tables"))?;
            transaction.open_table(LEAVES_TABLE).map_err(StoreError::io("making tables"))?;
            transaction.open_table(META_TABLE).map_err(StoreError::io("making tables"))?;
            transaction.open_table(STATE_TABLE).map_err(StoreError::io("making tables"))?;
            put_meta(transaction, IDENTITY, &disk.identity)?;
            put_meta(transaction, INCARNATION, &disk.incarnation)
        })?;
        Ok(Self { disk: Arc::new(disk) })
    }

    fn load<B: StorageBackend>(
        place: &str,
        backend: B,
        identity: Identity,
        eras: Eras,
    ) -> Result<Self, StoreError> {
        let length = backend.len().map_err(StoreError::io("looking at the store"))?;
        if length == 0 {
            return Err(StoreError::Vanished { place: place.to_owned() });
        }
        let mut disk = Disk {
            database: RwLock::new(Some(open_checked(backend)?)),
            identity: identity.clone(),
            incarnation: 0,
            rules: Rules::Enforced,
            standing: Mutex::default(),
            fault: Mutex::default(),
        };
        let found: Option<Identity> = disk.read_meta(IDENTITY)?;
        let Some(found) = found else {
            return Err(StoreError::Damaged { what: "it has no identity".to_owned() });
        };
        let ours = match eras {
            Eras::ThisOne => found == identity,
            Eras::Any => found.is_same_controller(&identity),
        };
        if !ours {
            return Err(StoreError::Foreign {
                found: Box::new(found),
                expected: Box::new(identity),
            });
        }
        disk.identity = found;
        let before: Option<u64> = disk.read_meta(INCARNATION)?;
        disk.incarnation = before.unwrap_or_default() + 1;
        let incarnation = disk.incarnation;
        disk.write_meta("counting this start", Durability::Immediate, INCARNATION, &incarnation)?;
        disk.check_leaves()?;
        disk.read_standing()?;
        Ok(Self { disk: Arc::new(disk) })
    }
}

// redb verifies the checksum of every page when it opens, and says `Corrupted`. Where a damaged
// structure makes it panic instead, that is damage too.
fn open_checked<B: StorageBackend>(backend: B) -> Result<Database, StoreError> {
    let backend = SealedHeader::new(backend);
    backend.check()?;
    let opened = catch_unwind(AssertUnwindSafe(|| {
        Builder::new()
            .set_cache_size(CACHE_BYTES)
            .set_check_integrity_on_open(true)
            .create_with_backend(backend)
    }));
    match opened {
        Err(_) => Err(StoreError::Damaged { what: "its structure cannot be read".to_owned() }),
        Ok(Err(error)) => Err(match redb::Error::from(error) {
            redb::Error::Corrupted(what) => StoreError::Damaged { what },
            redb::Error::Io(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::InvalidData
                        | io::ErrorKind::InvalidInput
                        | io::ErrorKind::UnexpectedEof
                ) =>
            {
                StoreError::Damaged { what: error.to_string() }
            }
            redb::Error::UpgradeRequired(version) => {
                StoreError::Damaged { what: format!("it claims file format {version}") }
            }
            other => StoreError::Io { doing: "opening the store", source: Box::new(other) },
        }),
        Ok(Ok(database)) => Ok(database),
    }
}

fn file_backend(path: &Path, create: bool) -> Result<FileBackend, StoreError> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(create)
        .truncate(false)
        .open(path)
        .map_err(StoreError::io("opening the file"))?;
    FileBackend::new(file).map_err(StoreError::io("locking the file"))
}

fn marker_error(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Marker { path, source }
}

fn exists(path: &Path) -> Result<bool, StoreError> {
    path.try_exists().map_err(marker_error(path))
}

fn write_marker(folder: &Path, marker: &Path, identity: &Identity) -> Result<(), StoreError> {
    let write = || -> io::Result<()> {
        let mut file = File::create(marker)?;
        writeln!(file, "{identity}")?;
        file.sync_all()?;
        // The names too, or a power cut could leave the marker and take the store, or neither.
        File::open(folder)?.sync_all()
    };
    write().map_err(marker_error(marker))
}
