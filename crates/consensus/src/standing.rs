//! Is this controller's disk the newest that it ever had? An old image of it, restored, has
//! forgotten votes and acknowledgements, and would give them a second time.
//!
//! Every frame carries how far its sender's disk has come, and how far the sender has seen the
//! receiver's come. Peers keep the latter on their own disks. A controller that starts takes part
//! only after a peer has spoken to it, and stops for good if any peer has seen more of its disk
//! than the disk itself shows.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::id::ControllerId;
use model::standing::Standing;

use crate::disk::{Disk, StoreError};
use crate::frame::{Header, Kind, Refusal};

/// What this node knows of its peers' disks, and what they know of its own.
#[derive(Debug)]
pub(crate) struct Standings {
    disk: Arc<Disk>,
    /// Of this life, at its start.
    opened: Standing,
    /// A peer has spoken, and none has seen more of our disk than it shows.
    cleared: AtomicBool,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    of: BTreeMap<ControllerId, Standing>,
    /// Not all of it is on the disk.
    unsaved: bool,
    /// A new life or a new vote is not on the disk.
    urgent: bool,
}

impl Standings {
    pub(crate) fn new(disk: Arc<Disk>, life: u64) -> Result<Self, StoreError> {
        let opened = Standing { life, ..disk.standing() };
        let of = disk.sightings()?;
        let seen = Mutex::new(Seen { of, ..Seen::default() });
        Ok(Self { disk, opened, cleared: AtomicBool::new(false), seen })
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn disk(&self) -> Arc<Disk> {
        Arc::clone(&self.disk)
    }

    /// Our own, now.
    pub(crate) fn ours(&self) -> Standing {
        Standing { life: self.opened.life, ..self.disk.standing() }
    }

    /// What we know of a peer's.
    pub(crate) fn of(&self, peer: ControllerId) -> Option<Standing> {
        self.seen().of.get(&peer).copied()
    }

    /// Whether this node may take part.
    pub(crate) fn is_cleared(&self) -> bool {
        self.cleared.load(Ordering::Acquire)
    }

    /// There is nobody to ask: it is the only member.
    pub(crate) fn clear(&self) {
        self.cleared.store(true, Ordering::Release);
    }

    /// Hears a peer: what it has seen of our disk, and how far its own has come.
    pub(crate) fn hear(&self, header: &Header) -> Result<(), Refusal> {
        let Some(theirs) = header.standing else {
            return Err(Refusal::Malformed { what: "it lacks its sender's standing".to_owned() });
        };
        if let Some(known) = header.known
            && self.opened.is_behind(&known)
        {
            self.cleared.store(false, Ordering::Release);
            let error = self.disk.refuse_old_image(header.from, &self.opened, &known);
            return Err(Refusal::Stopped { reason: error.to_string() });
        }
        self.note(header.from, theirs)?;
        // An uncleared peer may have restarted with us; what it has seen is on its disk all the
        // same, and its word counts.
        if self.disk.fault().is_none() {
            self.clear();
        }
        Ok(())
    }

    fn note(&self, peer: ControllerId, theirs: Standing) -> Result<(), Refusal> {
        let mut seen = self.seen();
        let known = seen.of.get(&peer).copied();
        let now = Standing::noted(known, theirs)
            .map_err(|old| Refusal::OldImage { shown: old.shown, seen: old.seen })?;
        if known != Some(now) {
            seen.of.insert(peer, now);
            seen.unsaved = true;
            seen.urgent |= known.is_none_or(|was| (was.life, was.term) != (now.life, now.term));
        }
        Ok(())
    }

    /// What must go to the disk now, if anything; `all` asks for what may wait too.
    pub(crate) fn to_save(&self, all: bool) -> Option<BTreeMap<ControllerId, Standing>> {
        let mut seen = self.seen();
        if !(seen.urgent || all && seen.unsaved) {
            return None;
        }
        (seen.unsaved, seen.urgent) = (false, false);
        Some(seen.of.clone())
    }

    /// Whether a frame of this kind may be answered before this node is sure of its disk.
    pub(crate) fn may_answer(&self, kind: Kind) -> Result<(), Refusal> {
        if let Some(reason) = self.disk.fault() {
            return Err(Refusal::Stopped { reason });
        }
        match kind {
            Kind::Hello | Kind::FetchLeaves => Ok(()),
            _ if self.is_cleared() => Ok(()),
            _ => Err(Refusal::NotSure),
        }
    }
}
