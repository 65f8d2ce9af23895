//! What is lost, and which sets of data with it.

use std::collections::BTreeSet;

use model::estate::{Backup, Estate};
use model::id::{HostId, LocationId, RoomId};

/// What is lost. With nothing named, every set has to be had again: machines are dead, their disks
/// are whole, and every repository stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Rooms and sites that are gone with all that stood there, as after a fire.
    pub locations: BTreeSet<LocationId>,
    /// Machines that are dead, with disks that are not.
    pub machines: BTreeSet<HostId>,
}

/// A name that is neither a room, nor a site, nor a host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the estate has no room, site or host `{0}`")]
pub struct UnknownLoss(pub String);

impl Lost {
    /// By name: rooms and sites are gone, hosts are dead machines.
    pub fn named(estate: &Estate, names: &[String]) -> Result<Self, UnknownLoss> {
        let mut lost = Self::default();
        for name in names {
            if estate.is_location(&name.as_str().into()) {
                lost.locations.insert(name.as_str().into());
            } else if estate.hosts.contains_key(&name.as_str().into()) {
                lost.machines.insert(name.as_str().into());
            } else {
                return Err(UnknownLoss(name.clone()));
            }
        }
        Ok(lost)
    }

    /// Whether nothing is named.
    pub fn is_unnamed(&self) -> bool {
        self.locations.is_empty() && self.machines.is_empty()
    }

    /// Whether this location is gone: itself, or the site on which it stands.
    pub fn takes(&self, estate: &Estate, location: &LocationId) -> bool {
        self.locations.contains(location)
            || estate.site_of(location).is_some_and(|site| self.locations.contains(&site.into()))
    }

    /// Whether this set of data has to be had again.
    pub fn takes_data(&self, estate: &Estate, backup: &Backup) -> bool {
        if self.is_unnamed() {
            return true;
        }
        let takes = |room: &RoomId| self.takes(estate, &room.into());
        if let Some(machine) = &backup.machine {
            let room = estate.hosts.get(machine).map(|host| &host.room);
            return self.machines.contains(machine) || room.is_some_and(takes);
        }
        // A stretched volume is lost with all of its sides only, and one volume is enough.
        let array_gone = |array| estate.arrays.get(array).is_some_and(|array| takes(&array.room));
        let mut volumes = backup.volumes.iter().filter_map(|volume| estate.volumes.get(volume));
        if !backup.volumes.is_empty() {
            return volumes.any(|volume| volume.arrays.iter().all(array_gone));
        }
        let rooms = backup.stands_in(estate);
        !rooms.is_empty() && rooms.into_iter().all(takes)
    }
}
