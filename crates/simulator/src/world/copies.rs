//! Named fakes: copies of volumes outside of their layer. Each follows whichever side serves and
//! holds every write, a little behind, until it is opened.

use std::collections::BTreeMap;
use std::time::Duration;

use contracts::copy::CopyStatus;
use model::id::{HostId, RoomId, VmId, VolumeId};

use super::storage::Surroundings;
use super::{Stage, World};
use crate::fact::Fact;

/// One copy.
#[derive(Clone, Debug)]
pub(crate) struct Copy {
    room: RoomId,
    behind: Duration,
    /// It holds every write acknowledged up to then.
    holds: Duration,
    in_contact: bool,
    pub(crate) opened: bool,
    /// What it lacked of what was acknowledged when it was opened.
    lacked: Duration,
}

/// The copies of an estate.
pub(super) fn all(estate: &model::estate::Estate) -> BTreeMap<VolumeId, Copy> {
    let copies = estate.volumes.iter().filter_map(|(id, volume)| {
        let replica = volume.replica.as_ref()?;
        let copy = Copy {
            room: replica.room.clone(),
            behind: replica.behind.to_std(),
            holds: Duration::ZERO,
            in_contact: true,
            opened: false,
            lacked: Duration::ZERO,
        };
        Some((id.clone(), copy))
    });
    copies.collect()
}

impl World {
    /// Time passes: copies follow.
    pub(super) fn follow(&self, stage: &mut Stage, now: Duration) {
        let mut copies = std::mem::take(&mut stage.copies);
        for (volume, copy) in copies.iter_mut().filter(|(_, copy)| !copy.opened) {
            let layer = self.estate.volumes.get(volume).and_then(|volume| volume.layer.as_ref());
            let layer = layer.and_then(|layer| stage.layers.get(layer));
            copy.in_contact = stage.powered(&copy.room)
                && layer.is_some_and(|layer| layer.is_followed_from(&copy.room, stage));
            if copy.in_contact {
                copy.holds = copy.holds.max(now.saturating_sub(copy.behind));
            }
        }
        stage.copies = copies;
    }

    /// What the keeper of a copy tells; none without power.
    pub(crate) fn copy_status(&self, volume: &VolumeId) -> Option<CopyStatus> {
        let now = self.now();
        let stage = self.stage();
        let copy = stage.copies.get(volume).filter(|copy| stage.has_power(&copy.room))?;
        let age = now.saturating_sub(copy.holds);
        Some(CopyStatus { in_contact: copy.in_contact, age: age.into(), opened: copy.opened })
    }

    /// Opens a copy: from here on it follows no more.
    pub(crate) fn open_copy(&self, volume: &VolumeId) -> Option<()> {
        let mut stage = self.stage();
        let copy = stage.copies.get(volume).filter(|copy| stage.has_power(&copy.room))?;
        let layer = self.estate.volumes.get(volume).and_then(|volume| volume.layer.as_ref());
        let layer = layer.and_then(|layer| stage.layers.get(layer));
        let lacks = layer.map(|layer| layer.written().saturating_sub(copy.holds));
        let copy = stage.copies.get_mut(volume).filter(|copy| !copy.opened);
        if let Some(copy) = copy {
            copy.opened = true;
            copy.in_contact = false;
            copy.lacked = lacks.unwrap_or_default();
        }
        Some(())
    }

    /// Whether the disks of a VM answer on a host.
    pub(crate) fn is_vm_served(&self, stage: &Stage, vm: &VmId, host: &HostId) -> bool {
        let Some(room) = self.estate.hosts.get(host).map(|host| &host.room) else { return false };
        let volumes = self.estate.vms.get(vm).map(|vm| &vm.volumes);
        let mut volumes = volumes.into_iter().flatten().peekable();
        let on_copies = volumes.peek().is_some()
            && volumes.all(|volume| {
                stage.copies.get(volume).is_some_and(|copy| copy.opened && copy.room == *room)
            });
        (on_copies && stage.has_power(room)) || self.is_served(stage, host)
    }

    /// From where the volumes of a VM that starts on a host are opened, and what is missing there;
    /// nothing for a volume that nobody serves yet.
    pub(super) fn openings(&self, stage: &Stage, vm: &VmId, host: &HostId) -> Vec<Fact> {
        let (Some(row), Some(on)) = (self.estate.vms.get(vm), self.estate.hosts.get(host)) else {
            return Vec::new();
        };
        let openings = row.volumes.iter().filter_map(|volume| {
            let layer = self.estate.volumes.get(volume)?.layer.as_ref();
            let layer = layer.and_then(|layer| stage.layers.get(layer))?;
            let copy = stage.copies.get(volume).filter(|copy| copy.room == on.room);
            let (from, missing) = match copy {
                Some(copy) if copy.opened => (copy.room.clone(), copy.lacked),
                _ => layer.opens_from(&on.room, stage)?,
            };
            Some(Fact::VolumeOpened {
                volume: volume.clone(),
                vm: vm.clone(),
                host: host.clone(),
                from,
                missing: missing.into(),
            })
        });
        openings.collect()
    }
}
