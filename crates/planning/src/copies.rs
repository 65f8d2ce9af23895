//! From which copies the volumes of a VM may be opened on a host (S9).

use std::collections::{BTreeMap, BTreeSet};

use model::estate::{Estate, Host, Vm};
use model::id::{RoomId, VmId, VolumeId};
use model::units::Span;

/// What is agreed about copies, as far as a plan needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copies {
    /// The sides whose copy of a volume is old, each with where storage went on.
    pub stale: BTreeMap<(RoomId, VolumeId), RoomId>,
    /// Volumes that were opened from their copy, each with the room of it: they are nowhere else.
    pub opened: BTreeMap<VolumeId, RoomId>,
    /// What is lost at most when a volume is opened from its copy; absent if nobody knows.
    pub lost: BTreeMap<VolumeId, Span>,
}

/// Why a VM can't be started from the copies of its volumes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotFromCopies {
    /// These volumes have no copy.
    NoCopy(Vec<VolumeId>),
    /// This one would lose more than the service may; none if nobody knows how much.
    TooOld { volume: VolumeId, lost: Option<Span>, rpo: Span },
}

/// Where a plan's starts open volumes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opens<'a> {
    pub(crate) copies: &'a Copies,
    /// The plan starts from the copies outside of the layers.
    pub(crate) from_copies: bool,
}

impl Opens<'_> {
    /// Whether the host reaches all that the VM needs, and none of what it would open is old.
    pub(crate) fn reaches(&self, estate: &Estate, host: &Host, vm: &Vm) -> bool {
        vm.networks.is_subset(&host.networks)
            && vm.devices.is_subset(&host.devices)
            && vm.volumes.iter().all(|volume| self.opens(estate, host, volume))
    }

    fn opens(&self, estate: &Estate, host: &Host, volume: &VolumeId) -> bool {
        match self.copies.opened.get(volume) {
            Some(room) => host.room == *room,
            None if self.from_copies => estate.replica_room(volume) == Some(&host.room),
            None => {
                host.volumes.contains(volume)
                    && !self.copies.stale.contains_key(&(host.room.clone(), volume.clone()))
            }
        }
    }

    /// The old copies that keep a VM off hosts that reach all that it needs: the volume, the room
    /// of its old copy and where storage went on.
    pub(crate) fn old_copy<'e>(
        &'e self,
        hosts: &[&Host],
        vm: &'e Vm,
    ) -> Option<(&'e VolumeId, RoomId, &'e RoomId)> {
        let able = hosts.iter().filter(|host| {
            vm.networks.is_subset(&host.networks)
                && vm.volumes.is_subset(&host.volumes)
                && vm.devices.is_subset(&host.devices)
        });
        let rooms: BTreeSet<&RoomId> = able.map(|host| &host.room).collect();
        rooms.into_iter().find_map(|room| {
            vm.volumes.iter().find_map(|volume| {
                let alone = self.copies.stale.get(&(room.clone(), volume.clone()))?;
                Some((volume, room.clone(), alone))
            })
        })
    }

    /// Why this VM can't be started from copies; `asks`: persons may yet approve a loss.
    pub(crate) fn not_from_copies(
        &self,
        estate: &Estate,
        id: &VmId,
        asks: bool,
    ) -> Option<NotFromCopies> {
        let vm = estate.vms.get(id)?;
        let without: Vec<VolumeId> = vm
            .volumes
            .iter()
            .filter(|volume| estate.replica_room(volume).is_none())
            .cloned()
            .collect();
        if !without.is_empty() || vm.volumes.is_empty() {
            return Some(NotFromCopies::NoCopy(without));
        }
        let rpo = estate.services.get(&vm.service).map(|service| service.rpo).unwrap_or_default();
        let too_old = |volume: &&VolumeId| {
            !self.copies.opened.contains_key(*volume)
                && self.copies.lost.get(*volume).is_none_or(|lost| *lost > rpo)
        };
        // What nobody knows nobody can approve.
        let approvable = |volume: &VolumeId| asks && self.copies.lost.contains_key(volume);
        let volume = vm.volumes.iter().filter(too_old).find(|volume| !approvable(volume))?;
        let lost = self.copies.lost.get(volume).copied();
        Some(NotFromCopies::TooOld { volume: volume.clone(), lost, rpo })
    }
}
