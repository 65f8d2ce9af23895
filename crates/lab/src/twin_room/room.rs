use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use contracts::copy::CopyStatus;
use contracts::network::PathStatus;
use contracts::storage::ArrayStatus;
use model::estate::Estate;
use model::id::{ArrayId, HostId, RoomId, ServiceId, VmId, VolumeId};
use model::time::Monotonic;
use model::units::Span;

use super::array_unit::ArrayUnit;
use super::copy_unit::CopyUnit;
use super::machine::Machine;
use crate::fabric::PathKey;
use crate::storage::TieBreak;

/// A path without light for so long is down.
const DARK_AFTER: Span = Span::from_millis(1200);

/// Everything that stands in the room.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) id: RoomId,
    pub(super) estate: Estate,
    pub(super) machines: BTreeMap<HostId, Arc<Machine>>,
    pub(super) arrays: Mutex<BTreeMap<ArrayId, ArrayUnit>>,
    pub(super) tie_break: Mutex<TieBreak>,
    pub(super) copies: Mutex<BTreeMap<VolumeId, CopyUnit>>,
    closed: Mutex<BTreeSet<HostId>>,
    light: Mutex<BTreeMap<PathKey, Option<Monotonic>>>,
    began: Instant,
}

/// Nothing that can panic runs under these locks with a value half changed.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Room {
    pub(super) fn new(
        id: RoomId,
        estate: Estate,
        machines: BTreeMap<HostId, Arc<Machine>>,
        paths: impl IntoIterator<Item = PathKey>,
    ) -> Self {
        let arrays = estate
            .arrays
            .iter()
            .filter(|(_, array)| array.room == id)
            .map(|(array, _)| (array.clone(), ArrayUnit::new(array, &id, &estate, Monotonic(0))))
            .collect();
        let copies = estate.volumes.iter().filter_map(|(volume, row)| {
            let replica = row.replica.as_ref().filter(|replica| replica.room == id)?;
            let unit = CopyUnit::new(row.arrays.clone(), replica.behind, Monotonic(0));
            Some((volume.clone(), unit))
        });
        let copies = copies.collect();
        Self {
            copies: Mutex::new(copies),
            machines,
            arrays: Mutex::new(arrays),
            tie_break: Mutex::default(),
            closed: Mutex::default(),
            light: Mutex::new(paths.into_iter().map(|path| (path, None)).collect()),
            began: Instant::now(),
            id,
            estate,
        }
    }

    pub(super) fn now(&self) -> Monotonic {
        Monotonic(u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// What an array tells; nothing without power, or if there is none of this name.
    pub(super) fn array_status(&self, array: &ArrayId) -> Option<ArrayStatus> {
        let now = self.now();
        let arrays = lock(&self.arrays);
        let unit = arrays.get(array).filter(|unit| unit.is_on())?;
        let serving = unit.serves();
        let volumes = self
            .estate
            .volumes
            .iter()
            .filter(|(_, volume)| volume.arrays.contains(array))
            .map(|(id, _)| (id.clone(), serving))
            .collect();
        let side = unit.stretched.as_ref().map(|part| &part.side);
        Some(ArrayStatus {
            serving,
            in_sync: side.is_none_or(|side| side.is_current()),
            sees_peer: side.is_none_or(|side| side.sees_peer(now)),
            sees_quorum: side.is_none_or(|side| side.sees_quorum(now)),
            elected: side.and_then(|side| side.elected().cloned()),
            generation: side.map_or(0, |side| side.generation()),
            volumes,
        })
    }

    /// What the keeper of a volume's copy tells, once it has opened it if it was asked to.
    pub(super) fn copy(&self, volume: &VolumeId, open: bool) -> Option<CopyStatus> {
        let now = self.now();
        let mut copies = lock(&self.copies);
        let copy = copies.get_mut(volume)?;
        if open {
            copy.open();
        }
        Some(copy.status(now))
    }

    /// Whether a VM on a host of this room gets answers from every volume that it needs.
    fn does_io(&self, host: &HostId, vm: &VmId) -> bool {
        let now = self.now();
        let copies = lock(&self.copies);
        let arrays = lock(&self.arrays);
        let Some(vm) = self.estate.vms.get(vm) else { return true };
        let volumes = vm.volumes.iter().filter_map(|id| Some((id, self.estate.volumes.get(id)?)));
        volumes.into_iter().all(|(id, volume)| {
            if let Some(copy) = copies.get(id) {
                return copy.is_open();
            }
            volume
                .arrays
                .iter()
                .filter_map(|array| arrays.get(array))
                .any(|unit| unit.carries(host, now))
        })
    }

    /// The services of which a VM answers in this room.
    pub(super) fn answering_services(&self) -> BTreeSet<ServiceId> {
        let mut answering = BTreeSet::new();
        for (host, machine) in &self.machines {
            for vm in machine.booted() {
                if let Some(definition) = self.estate.vms.get(&vm)
                    && !answering.contains(&definition.service)
                    && self.does_io(host, &vm)
                {
                    answering.insert(definition.service.clone());
                }
            }
        }
        answering
    }

    pub(super) fn is_closed(&self, host: &HostId) -> bool {
        lock(&self.closed).contains(host)
    }

    pub(super) fn set_closed(&self, host: &HostId, closed: bool) {
        let mut all = lock(&self.closed);
        if closed {
            all.insert(host.clone());
        } else {
            all.remove(host);
        }
    }

    pub(super) fn saw_light(&self, path: &PathKey) {
        let now = self.now();
        lock(&self.light).insert(path.clone(), Some(now));
    }

    pub(super) fn paths(&self) -> Vec<PathStatus> {
        let now = self.now();
        lock(&self.light)
            .iter()
            .map(|((link, path), seen)| PathStatus {
                link: link.clone(),
                path: path.clone(),
                up: seen.is_some_and(|at| now.since(at) < DARK_AFTER),
            })
            .collect()
    }
}
