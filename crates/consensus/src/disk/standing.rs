//! How far this disk has come, and how far the peers' had when they were last seen.

use std::collections::BTreeMap;
use std::sync::{MutexGuard, PoisonError};

use redb::Durability;

use model::id::ControllerId;

use super::{Disk, REACHED, SIGHTINGS, StoreError};
use crate::types::{LogId, Vote};
use model::standing::Standing;

fn place(id: &LogId) -> (u64, u64) {
    (id.leader_id.term, id.index)
}

impl Disk {
    fn standing_now(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far this disk has come: only what is durable. Its `life` is for the node to fill in.
    pub(crate) fn standing(&self) -> Standing {
        *self.standing_now()
    }

    /// Reads how far it had come when it was opened.
    pub(super) fn read_standing(&self) -> Result<(), StoreError> {
        let vote: Option<Vote> = self.vote()?;
        let taken_back: Option<(u64, u64)> = self.read_meta(REACHED)?.flatten();
        let last = self.log_ends()?.last.as_ref().map(place);
        let saved = self.saved()?.and_then(|saved| saved.meta.last_log_id).as_ref().map(place);
        *self.standing_now() = Standing {
            era: self.identity.era,
            incarnation: self.incarnation,
            life: 0,
            term: vote.map_or(0, |vote| vote.leader_id.term),
            reached: taken_back.max(last).max(saved),
        };
        Ok(())
    }

    pub(super) fn has_voted(&self, vote: &Vote) {
        let mut standing = self.standing_now();
        standing.term = standing.term.max(vote.leader_id.term);
    }

    pub(super) fn has_reached(&self, last: Option<LogId>) {
        let mut standing = self.standing_now();
        standing.reached = standing.reached.max(last.as_ref().map(place));
    }

    /// What was seen of the peers' disks.
    pub(crate) fn sightings(&self) -> Result<BTreeMap<ControllerId, Standing>, StoreError> {
        let seen: Option<Vec<(ControllerId, Standing)>> = self.read_meta(SIGHTINGS)?;
        Ok(seen.into_iter().flatten().collect())
    }

    pub(crate) fn save_sightings(
        &self,
        seen: &BTreeMap<ControllerId, Standing>,
    ) -> Result<(), StoreError> {
        let seen: Vec<_> = seen.iter().collect();
        self.write_meta("saving what was seen of peers", Durability::Immediate, SIGHTINGS, &seen)
    }

    /// Refuses all further work: somebody has seen more of this disk than it shows.
    pub(crate) fn refuse_old_image(
        &self,
        by: impl ToString,
        shown: &Standing,
        seen: &Standing,
    ) -> StoreError {
        let error = StoreError::OldImage {
            by: by.to_string(),
            shown: shown.to_string(),
            seen: seen.to_string(),
        };
        self.put_out_of_work(&error);
        error
    }
}
