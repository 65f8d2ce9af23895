//! S9, only a current copy: from where would a host open a VM's volumes, and does that copy hold
//! every acknowledged write? Otherwise only within a loss that was agreed to.

use model::estate::{Estate, LinkKind, Vm};
use model::id::{HostId, RoomId, StorageLayerId, VmId, VolumeId};
use model::observation::{Status, Target};
use model::units::Span;

use super::{premise, s1};
use crate::rejection::Rejection;
use crate::state::State;

/// A start.
pub(super) struct Start<'a> {
    pub(super) id: &'a VmId,
    pub(super) host: &'a HostId,
    /// What two persons have approved to lose in this run, if they have.
    pub(super) approved: Option<Span>,
}

struct Opening<'a> {
    estate: &'a Estate,
    vm: &'a Vm,
    room: &'a RoomId,
}

fn opening<'a>(state: &'a State, start: &Start<'_>) -> Result<Opening<'a>, Rejection> {
    let estate = premise::estate(state)?;
    let vm = estate.vms.get(start.id).ok_or_else(|| premise::no_such("VM", start.id))?;
    let host = estate.hosts.get(start.host).ok_or_else(|| premise::no_such("host", start.host))?;
    Ok(Opening { estate, vm, room: &host.room })
}

/// A side that runs are to be started from holds every acknowledged write.
pub(super) fn current_side(
    state: &State,
    layer: &StorageLayerId,
    room: &RoomId,
) -> Result<(), Rejection> {
    match state.stale_side(layer, room) {
        None => Ok(()),
        Some(mark) => Err(Rejection::StaleLayer {
            layer: layer.clone(),
            room: room.clone(),
            alone: mark.alone.clone().unwrap_or_default(),
        }),
    }
}

/// A start from the VM's own volumes.
pub(super) fn current_sides(state: &State, start: &Start<'_>) -> Result<(), Rejection> {
    let Opening { estate, vm, room } = opening(state, start)?;
    for volume in &vm.volumes {
        if let Some(opened) = state.opened_in(volume) {
            if opened != room {
                let (volume, room) = (volume.clone(), opened.clone());
                return Err(Rejection::OpenedElsewhere { volume, room });
            }
            continue;
        }
        let layer = estate.volumes.get(volume).and_then(|volume| volume.layer.as_ref());
        let Some(layer) = layer else { continue };
        let Some(mark) = state.stale_side(layer, room) else { continue };
        if is_served_from_elsewhere(state, estate, layer, room) {
            continue;
        }
        let lost = state.lost_by_side(volume, room);
        if lost.is_some_and(|lost| start.approved.is_some_and(|approved| lost <= approved)) {
            continue;
        }
        return Err(Rejection::StaleSide {
            vm: start.id.clone(),
            host: start.host.clone(),
            volume: volume.clone(),
            room: room.clone(),
            alone: mark.alone.clone().unwrap_or_default(),
        });
    }
    Ok(())
}

/// A start from the copies in the host's room.
pub(super) fn current_copies(state: &State, start: &Start<'_>) -> Result<(), Rejection> {
    let Opening { estate, vm, room } = opening(state, start)?;
    let rpo = estate.services.get(&vm.service).map(|service| service.rpo).unwrap_or_default();
    let agreed = start.approved.unwrap_or_default().max(rpo);
    for volume in &vm.volumes {
        if estate.replica_room(volume) != Some(room) {
            return Err(Rejection::NoCopyThere { volume: volume.clone(), room: room.clone() });
        }
        // Opened by another VM of this run or before: it is the volume now.
        if state.copies.get(volume).is_some_and(|copy| copy.opened_at.is_some()) {
            continue;
        }
        s1::no_other_writer(state, volume, room)?;
        let lost = state.lost_by_copy(volume);
        if lost.is_none_or(|lost| lost > agreed) {
            let (vm, volume) = (start.id.clone(), volume.clone());
            return Err(Rejection::OldCopy { vm, volume, lost, agreed });
        }
    }
    Ok(())
}

/// The copies that a start opens are the volumes from now on.
pub(super) fn opened(state: &mut State, id: &VmId) {
    let now = state.log_time;
    for volume in volumes_of(state, id) {
        let room = replica_room(state, &volume);
        let record = state.copies.entry(volume).or_default();
        if record.opened_at.is_none() {
            record.opened_at = Some(now);
            record.opened_in = room;
        }
    }
}

/// A start of which nobody knows whether it happened may have opened the copies: nothing else of
/// these volumes is opened any more, and the copies only within the loss that is agreed to.
pub(super) fn perhaps_opened(state: &mut State, id: &VmId) {
    for volume in volumes_of(state, id) {
        let room = replica_room(state, &volume);
        let record = state.copies.entry(volume).or_default();
        record.perhaps_opened = true;
        record.opened_in = record.opened_in.take().or(room);
    }
}

fn replica_room(state: &State, volume: &VolumeId) -> Option<RoomId> {
    state.estate.as_ref()?.value.replica_room(volume).cloned()
}

fn volumes_of(state: &State, id: &VmId) -> Vec<VolumeId> {
    let vm = state.estate.as_ref().and_then(|estate| estate.value.vms.get(id));
    vm.map(|vm| vm.volumes.iter().cloned().collect()).unwrap_or_default()
}

/// Whether the hosts of this room, whose own side is stale and does not serve, are served over a
/// storage link by a side that holds everything.
fn is_served_from_elsewhere(
    state: &State,
    estate: &Estate,
    layer: &StorageLayerId,
    room: &RoomId,
) -> bool {
    if is_seen_up(state, &Target::StorageSide { layer: layer.clone(), room: room.clone() }) {
        // An old copy serves: somebody has forced it.
        return false;
    }
    let Some(definition) = estate.storage_layers.get(layer) else { return false };
    estate.sides_of(definition).any(|other| {
        other != room
            && state.stale_side(layer, other).is_none()
            && is_seen_up(state, &Target::StorageSide { layer: layer.clone(), room: other.clone() })
            && are_joined(state, estate, room, other)
    })
}

fn is_seen_up(state: &State, target: &Target) -> bool {
    state
        .seen(target)
        .any(|(room, seen)| seen.status == Status::Up && state.word_counts(room, seen))
}

/// Whether a path of a storage link between the two rooms is seen to carry light.
fn are_joined(state: &State, estate: &Estate, one: &RoomId, other: &RoomId) -> bool {
    let links = estate.links.iter().filter(|(_, link)| {
        link.kind == LinkKind::Storage && link.between.contains(one) && link.between.contains(other)
    });
    links.into_iter().any(|(id, link)| {
        link.paths.iter().any(|path| {
            is_seen_up(state, &Target::Path { link: id.clone(), path: path.id.clone() })
        })
    })
}
