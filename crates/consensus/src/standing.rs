//! Is this controller's disk the newest that it ever had? An old image of it, restored, has
//! forgotten votes and acknowledgements, and would give them a second time.
//!
//! Every frame carries how far its sender's disk has come, and how far the sender has seen the
//! receiver's come. Peers keep the latter on their own disks. A controller that starts takes part
//! only after a peer has spoken to it, and stops for good if any peer has seen more of its disk
//! than the disk itself shows.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use model::id::ControllerId;

use crate::disk::{Disk, StoreError};
use crate::frame::{Header, Kind, Refusal};

/// How far a controller's disk has come. On an honest disk no part of it ever goes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// How often the store was opened.
    pub incarnation: u64,
    /// Drawn at each start: two lives that count the same incarnation are two copies of one disk.
    pub life: u64,
    /// The term of its vote.
    pub term: u64,
    /// Term and index of the highest entry that it ever wrote.
    pub reached: Option<(u64, u64)>,
}

impl Standing {
    /// Whether a disk that opened like this is an older image of the one that was seen. `self` is
    /// the standing at the start of a life; what was seen of that same life proves nothing.
    pub fn is_behind(&self, seen: &Self) -> bool {
        seen.life != self.life
            && (self.incarnation <= seen.incarnation
                || self.term < seen.term
                || self.reached < seen.reached)
    }

    fn merge(&mut self, newer: &Self) {
        self.term = self.term.max(newer.term);
        self.reached = self.reached.max(newer.reached);
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "start {}, term {}", self.incarnation, self.term)?;
        match self.reached {
            Some((term, index)) => write!(f, ", entry {index} of term {term}"),
            None => write!(f, ", no entry"),
        }
    }
}

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
        match seen.of.get_mut(&peer) {
            Some(known) if known.life == theirs.life => {
                let before = *known;
                known.merge(&theirs);
                let (changed, voted) = (*known != before, known.term != before.term);
                seen.unsaved |= changed;
                seen.urgent |= voted;
            }
            Some(known) if theirs.is_behind(known) => {
                return Err(Refusal::OldImage { shown: theirs, seen: *known });
            }
            _ => {
                seen.of.insert(peer, theirs);
                (seen.unsaved, seen.urgent) = (true, true);
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    const SEEN: Standing = Standing { incarnation: 4, life: 7, term: 9, reached: Some((9, 20)) };
    const NEXT: Standing = Standing { incarnation: 5, life: 8, ..SEEN };

    #[test]
    fn a_restart_on_the_newest_disk_is_not_behind() {
        assert!(!NEXT.is_behind(&SEEN));
        let further = Standing { term: 10, reached: Some((10, 21)), ..NEXT };
        assert!(!further.is_behind(&SEEN));
        assert!(!NEXT.is_behind(&Standing::default()), "a peer that has seen little");
    }

    #[test]
    fn what_was_seen_of_the_same_life_proves_nothing() {
        let meanwhile = Standing { term: 12, ..NEXT };
        assert!(!NEXT.is_behind(&meanwhile));
    }

    #[test]
    fn an_older_image_is_behind_in_one_thing_at_least() {
        for old in [
            Standing { incarnation: 4, ..NEXT },
            Standing { incarnation: 2, ..NEXT },
            Standing { term: 8, ..NEXT },
            Standing { reached: Some((9, 19)), ..NEXT },
            Standing { reached: Some((8, 40)), ..NEXT },
            Standing { reached: None, ..NEXT },
        ] {
            assert!(old.is_behind(&SEEN), "{old:?}");
        }
    }
}
