//! A disk in memory that fails as disks do: what was not synced when the power went is lost, or
//! partly there, sector by sector.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::{RngExt, SeedableRng};
use redb::StorageBackend;

use super::runtime::NodeRng;

/// What a disk writes in one go; a write can tear between two of these.
const SECTOR: usize = 512;

#[derive(Debug)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Length(usize),
}

#[derive(Debug, Default)]
struct Platter {
    /// What survives a power cut.
    durable: Vec<u8>,
    /// What reads see.
    seen: Vec<u8>,
    /// What was done since the last sync.
    pending: Vec<Change>,
    /// Raised when the disk is cut or inserted anew: backends of an earlier life refuse all.
    life: u64,
    /// An error on every sync and write from now on.
    broken: bool,
    /// An error on every read too.
    unreadable: bool,
    /// No space is left: what would write is refused.
    full: bool,
    /// Syncs are acknowledged and nothing is durable by them.
    lies: bool,
    /// So many syncs still work; then the disk is broken.
    syncs_left: Option<u64>,
    syncs: u64,
}

fn put(bytes: &mut [u8], offset: usize, new: &[u8]) -> io::Result<()> {
    let place = bytes
        .get_mut(offset..offset + new.len())
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "beyond the end"))?;
    place.copy_from_slice(new);
    Ok(())
}

/// A disk that outlives the lives of its node.
#[derive(Clone, Debug, Default)]
pub struct SimulatedDisk(Arc<Mutex<Platter>>);

impl SimulatedDisk {
    fn platter(&self) -> MutexGuard<'_, Platter> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A backend for a new life of the node; that of an earlier life refuses everything from now.
    pub fn insert(&self) -> SimulatedBackend {
        let mut platter = self.platter();
        platter.life += 1;
        SimulatedBackend { disk: self.clone(), life: platter.life }
    }

    /// Cuts the power: each change since the last sync is kept, lost or torn, as the seed says,
    /// and the node's backend refuses everything from now.
    pub fn cut(&self, seed: u64) {
        let mut rng = NodeRng::seed_from_u64(seed);
        let mut platter = self.platter();
        platter.life += 1;
        let pending = std::mem::take(&mut platter.pending);
        // A disk that lied had all of it in a cache without a battery.
        let pending = if platter.lies { Vec::new() } else { pending };
        for change in pending {
            match change {
                Change::Length(length) => {
                    if rng.random_range(0..2) == 0 {
                        platter.durable.resize(length, 0);
                    }
                }
                Change::Write { offset, bytes } => {
                    let fate = rng.random_range(0..3);
                    for (number, sector) in bytes.chunks(SECTOR).enumerate() {
                        let kept = fate == 0 || (fate == 1 && rng.random_range(0..2) == 0);
                        if kept {
                            // A sector beyond an end that was not kept is lost with it.
                            let _ = put(&mut platter.durable, offset + number * SECTOR, sector);
                        }
                    }
                }
            }
        }
        platter.seen = platter.durable.clone();
    }

    /// Ends a life without a power cut (the process died, the system runs on): what was written
    /// stays, and the node's backend refuses everything from now.
    pub fn detach(&self) {
        let mut platter = self.platter();
        platter.life += 1;
        platter.durable = platter.seen.clone();
        platter.pending.clear();
    }

    /// Makes every write and sync fail from now on, or heals that.
    pub fn set_broken(&self, broken: bool) {
        let mut platter = self.platter();
        platter.broken = broken;
        platter.syncs_left = None;
    }

    /// Lets so many syncs work and then breaks the disk, in the middle of the next one.
    pub fn fail_after_syncs(&self, syncs: u64) {
        self.platter().syncs_left = Some(syncs);
    }

    /// Makes every read, write and sync fail from now on, or heals that.
    pub fn set_failing(&self, failing: bool) {
        let mut platter = self.platter();
        (platter.broken, platter.unreadable) = (failing, failing);
    }

    /// Refuses every write for want of space from now on, or has space again.
    pub fn set_full(&self, full: bool) {
        self.platter().full = full;
    }

    /// Acknowledges syncs that it does not carry out from now on: a disk outside of what the
    /// system can stand. Or tells the truth again.
    pub fn set_lying(&self, lies: bool) {
        self.platter().lies = lies;
    }

    /// Flips one bit of what is durable; false if the disk is shorter than that.
    pub fn flip(&self, bit: usize) -> bool {
        let mut platter = self.platter();
        let (place, mask) = (bit / 8, 1 << (bit % 8));
        let Platter { durable, seen, .. } = &mut *platter;
        let mut flipped = false;
        for bytes in [durable, seen] {
            if let Some(byte) = bytes.get_mut(place) {
                *byte ^= mask;
                flipped = true;
            }
        }
        flipped
    }

    /// What is on the disk.
    pub fn image(&self) -> Vec<u8> {
        self.platter().seen.clone()
    }

    /// What would be on the disk after a power cut now.
    pub fn durable_image(&self) -> Vec<u8> {
        self.platter().durable.clone()
    }

    /// Puts an image on the disk: an old one, a damaged one, none.
    pub fn set_image(&self, image: Vec<u8>) {
        let mut platter = self.platter();
        platter.pending.clear();
        platter.durable = image.clone();
        platter.seen = image;
    }

    /// How often it was synced.
    pub fn syncs(&self) -> u64 {
        self.platter().syncs
    }
}

/// The disk as one life of a node sees it.
#[derive(Debug)]
pub struct SimulatedBackend {
    disk: SimulatedDisk,
    life: u64,
}

impl SimulatedBackend {
    fn platter(&self, writes: bool) -> io::Result<MutexGuard<'_, Platter>> {
        let platter = self.disk.platter();
        if platter.life != self.life {
            return Err(io::Error::new(io::ErrorKind::NotConnected, "the disk was cut off"));
        }
        if platter.unreadable || (writes && platter.broken) {
            return Err(io::Error::other("input/output error"));
        }
        if writes && platter.full {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "no space left on the device"));
        }
        Ok(platter)
    }
}

impl StorageBackend for SimulatedBackend {
    fn len(&self) -> io::Result<u64> {
        Ok(self.platter(false)?.seen.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let platter = self.platter(false)?;
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        let bytes = platter
            .seen
            .get(offset..offset + out.len())
            .ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, "beyond the end"))?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut platter = self.platter(true)?;
        let length = usize::try_from(length).map_err(io::Error::other)?;
        platter.seen.resize(length, 0);
        platter.pending.push(Change::Length(length));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut platter = self.platter(true)?;
        match &mut platter.syncs_left {
            Some(0) => {
                platter.syncs_left = None;
                platter.broken = true;
                return Err(io::Error::other("input/output error"));
            }
            Some(left) => *left -= 1,
            None => {}
        }
        platter.syncs += 1;
        if platter.lies {
            return Ok(());
        }
        for change in std::mem::take(&mut platter.pending) {
            match change {
                Change::Length(length) => platter.durable.resize(length, 0),
                Change::Write { offset, bytes } => put(&mut platter.durable, offset, &bytes)?,
            }
        }
        Ok(())
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut platter = self.platter(true)?;
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        put(&mut platter.seen, offset, bytes)?;
        platter.pending.push(Change::Write { offset, bytes: bytes.to_vec() });
        Ok(())
    }
}
