//! Which copies of a volume hold every acknowledged write (S9).
//!
//! What is known of an election only ever grows: the highest generation that anybody was seen
//! elected in, and per side the highest generation up to which it was seen to hold every write. A
//! side is stale while the second is below the first. So news that come late, twice or in another
//! order change nothing, and a mark ends only by word of a resynchronisation that followed it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use model::estate::Estate;
use model::id::{RoomId, StorageLayerId, VolumeId};
use model::observation::{CopyPoint, Detail, Observation, Status, Target};
use model::seeded_bug::{SeededBug, seeded_bug};
use model::time::LogTime;
use model::units::Span;

use crate::state::{OpenedEra, State};

/// What is agreed about a stretched storage layer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerRecord {
    /// The highest election that is known.
    pub generation: u64,
    /// Who went on alone in it.
    pub alone: Option<RoomId>,
    /// When the log learned of it.
    pub since: LogTime,
    /// Per side: up to which election it is known to hold every acknowledged write.
    pub current_at: BTreeMap<RoomId, u64>,
    /// Per side: when the log last learned that while the side served. What it lacks began later.
    pub current_seen: BTreeMap<RoomId, LogTime>,
}

/// What is agreed about a volume's copy outside of its layer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyRecord {
    /// Every write acknowledged before this is in it.
    pub holds_until: LogTime,
    /// Since when the copy is the volume: something was started from it. There is no way back but
    /// by copying.
    pub opened_at: Option<LogTime>,
    /// In which room, once it is open; none in states written before this was kept, whose estate
    /// says it.
    #[serde(default)]
    pub opened_in: Option<RoomId>,
    /// A start of which nobody knows whether it happened may have opened it.
    #[serde(default)]
    pub perhaps_opened: bool,
}

impl CopyRecord {
    /// Whether something was started from it, or may have been.
    pub fn may_be_opened(&self) -> bool {
        self.opened_at.is_some() || self.perhaps_opened
    }
}

impl LayerRecord {
    /// Whether this side lacks writes that were acknowledged elsewhere.
    pub fn is_stale(&self, side: &RoomId) -> bool {
        self.current_at.get(side).copied().unwrap_or_default() < self.generation
    }

    fn current(&mut self, side: &RoomId, generation: u64) {
        let known = self.current_at.entry(side.clone()).or_default();
        *known = generation.max(*known);
    }

    fn elected(&mut self, side: &RoomId, generation: u64, now: LogTime) {
        if generation > self.generation {
            self.generation = generation;
            self.alone = Some(side.clone());
            self.since = now;
        }
        self.current(side, generation);
    }

    /// What a side said of itself and of the election that it knows.
    fn told(&mut self, side: &RoomId, detail: &Detail, now: LogTime) {
        let Detail::Storage { serving, in_sync, elected, generation } = detail else { return };
        match elected {
            // Who lost knows that the other one went on, at least one election later.
            Some(winner) if winner != side => {
                self.elected(winner, generation.saturating_add(1), now);
            }
            Some(_) if *serving => self.elected(side, *generation, now),
            Some(_) => {}
            None if *in_sync => {
                self.current(side, *generation);
                // A side that has stopped does not know yet whether the other went on.
                if *serving && !self.is_stale(side) {
                    self.current_seen.insert(side.clone(), now);
                }
            }
            None => {}
        }
    }
}

impl State {
    /// Takes note of what an observation says of copies.
    pub(crate) fn note_copies(&mut self, observation: &Observation) {
        let now = self.log_time;
        match &observation.target {
            Target::StorageSide { layer, room } => {
                self.layers.entry(layer.clone()).or_default().told(room, &observation.detail, now);
            }
            Target::Copy { volume } if observation.status == Status::Up => {
                let Detail::Copy { holds_until: CopyPoint::At(until), .. } = observation.detail
                else {
                    return;
                };
                // Seeded bug `answering-is-current`.
                let until = if seeded_bug(SeededBug::AnsweringIsCurrent) { now } else { until };
                let record = self.copies.entry(volume.clone()).or_default();
                // Once it is the volume itself, nothing follows any more.
                if record.opened_at.is_none() {
                    record.holds_until = record.holds_until.max(until).min(now);
                }
            }
            _ => {}
        }
    }

    /// Forgets layers and copies that the estate to be loaded no longer has, but neither that a
    /// side is old nor that a copy was opened: the name may come back.
    pub(crate) fn retain_copies(&mut self, new: &Estate) {
        let old = self.estate.as_ref().map(|pinned| &pinned.value);
        self.layers.retain(|id, record| {
            let known = old.and_then(|old| Some((old, old.storage_layers.get(id)?)));
            // One that is known from before the estate in force was kept for its mark.
            let has_old_side =
                known.is_none_or(|(old, of)| old.sides_of(of).any(|side| record.is_stale(side)));
            new.storage_layers.contains_key(id) || has_old_side
        });
        self.copies
            .retain(|volume, record| record.may_be_opened() || new.replica_room(volume).is_some());
    }

    /// Whether a side of a layer is known to lack writes.
    pub(crate) fn is_old_side(&self, layer: &StorageLayerId, side: &RoomId) -> bool {
        self.layers.get(layer).is_some_and(|record| record.is_stale(side))
    }

    /// Whether a side of a layer lacks writes that were acknowledged elsewhere, and since when the
    /// log knows.
    pub fn stale_side(&self, layer: &StorageLayerId, side: &RoomId) -> Option<&LayerRecord> {
        // Seeded bug `stale-side-opened`: whatever serves will do. The bugs that confirm a side
        // unseen take this guard away too, or it would hide them.
        let unguarded =
            [SeededBug::StaleSideOpened, SeededBug::SideNotConfirmed, SeededBug::AnySideConfirms];
        if unguarded.into_iter().any(seeded_bug) {
            return None;
        }
        self.layers.get(layer).filter(|record| record.is_stale(side))
    }

    /// The room whose copy has become this volume, or may have.
    pub fn opened_in(&self, volume: &VolumeId) -> Option<&RoomId> {
        let record = self.copies.get(volume).filter(|copy| copy.may_be_opened())?;
        let room = record.opened_in.as_ref();
        room.or_else(|| self.estate.as_ref()?.value.replica_room(volume))
    }

    /// At most so much is lost when this volume is opened from its copy: from what the copy holds
    /// to the last moment at which a side of its layer was seen serving. None if nobody knows.
    pub fn lost_by_copy(&self, volume: &VolumeId) -> Option<Span> {
        let holds_until = self.copies.get(volume)?.holds_until;
        // Seeded bug `old-copy-opened`: a copy is a copy.
        if seeded_bug(SeededBug::OldCopyOpened) {
            return Some(Span::ZERO);
        }
        if holds_until == LogTime::default() {
            // As old as the log, or older by nobody knows how much.
            return None;
        }
        Some(self.last_served(volume)?.since(holds_until))
    }

    /// At most so much is lost when this stale side is opened: since it was last seen in step.
    pub fn lost_by_side(&self, volume: &VolumeId, side: &RoomId) -> Option<Span> {
        let estate = &self.estate.as_ref()?.value;
        let layer = estate.volumes.get(volume)?.layer.as_ref()?;
        let seen = *self.layers.get(layer)?.current_seen.get(side)?;
        Some(self.last_served(volume)?.since(seen))
    }

    /// The last moment by the log at which the volume may have been served: now, while somebody
    /// whose word counts sees a side serving.
    fn last_served(&self, volume: &VolumeId) -> Option<LogTime> {
        let estate = &self.estate.as_ref()?.value;
        let row = estate.volumes.get(volume)?;
        // A change is believed after some equal results: it may have served until then.
        let doubt = self.policy.as_ref()?.value.watch.debounce_time();
        // Before an era was opened, others may have served until the second signature.
        let mut last = self.opened.as_ref().map(OpenedEra::signed_at);
        for room in row.arrays.iter().filter_map(|array| Some(&estate.arrays.get(array)?.room)) {
            for target in served_by(row.layer.as_ref(), room, &row.arrays) {
                for (vantage, seen) in self.seen(&target) {
                    let at = match seen.status {
                        Status::Up if self.word_counts(vantage, seen) => Some(self.log_time),
                        Status::Up => Some(seen.heard_at.after(doubt)),
                        _ => seen.last_up.map(|up| up.after(doubt).after(doubt)),
                    };
                    last = last.max(at);
                }
            }
        }
        last
    }
}

/// What tells whether a volume is served in a room.
fn served_by(
    layer: Option<&StorageLayerId>,
    room: &RoomId,
    arrays: &[model::id::ArrayId],
) -> Vec<Target> {
    match layer {
        Some(layer) => {
            vec![Target::StorageSide { layer: layer.clone(), room: room.clone() }]
        }
        None => arrays.iter().map(|array| Target::Array { array: array.clone() }).collect(),
    }
}
